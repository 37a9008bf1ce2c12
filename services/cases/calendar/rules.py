"""When the last day of a case is a promise."""

from datetime import date

from libs.bangladesh.calendar import Calendar
from libs.workflows.model import Workflow
from libs.workflows.reading import appeal_steps


def is_promise(
    workflow: Workflow,
    due_on: date,
    calendar: Calendar,
    *,
    is_promised: bool,
    step: str = "",
) -> bool:
    """Whether a last day has a source: that of the deadline, and that of its year's days off.

    The clock of a workflow orders the work where nothing was told; it is a promise to nobody, also
    where it names a source, since the public service may name another one. The time of an appeal is
    its step's own, which no public service names: it counts where its source is known.

    Args:
        workflow: of the case.
        due_on: its last day.
        calendar: the published days off.
        is_promised: whether the citizen was told it, from a published deadline.
        step: at which the case is.
    """
    if step in appeal_steps(workflow):
        is_promised = workflow.steps[step].status.days == "sourced"
    return is_promised and calendar.knows(due_on, due_on)
