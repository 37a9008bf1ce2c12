"""When the last day of a case is a promise."""

from datetime import date

from libs.bangladesh.calendar import Calendar
from libs.workflows.model import Workflow


def is_promise(workflow: Workflow, due_on: date, calendar: Calendar) -> bool:
    """Whether a last day has a source: that of the deadline, and that of its year's days off."""
    clock = workflow.clock
    return clock.status == "sourced" and (
        clock.unit == "calendar" or calendar.knows(due_on, due_on)
    )
