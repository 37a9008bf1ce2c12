"""A last day that moves with the calendar."""

from dataclasses import replace

from libs.bangladesh.calendar import Calendar, HolidaysUnknown
from libs.contracts.applications import ApplicationDeadlineMoved
from libs.contracts.events import Event
from libs.ids import derived_id
from services.applications.lifecycle.application import Application


def moved(application: Application, calendar: Calendar) -> tuple[Application, Event] | None:
    """Return an application with its last day by a calendar, and the event; None if it stays.

    The day before stands in the event. Where the calendar lacks a year, nothing is moved.
    """
    if application.deadline is None or application.due_on is None:
        return None
    try:
        due_on = application.deadline.due_on(calendar)
    except HolidaysUnknown:
        return None
    if due_on == application.due_on:
        return None
    event = ApplicationDeadlineMoved(
        event_id=derived_id(
            application.application_id, f"deadline {application.due_on} to {due_on}"
        ),
        due_on=due_on,
        before=application.due_on,
        **application.facts(),
    ).in_trace(application.trace)
    return replace(application, due_on=due_on), event
