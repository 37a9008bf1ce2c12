"""What happens to an application when its ministry's deadline passes."""

from dataclasses import replace

from libs.contracts.applications import ApplicationOverdue
from libs.contracts.events import Event
from libs.ids import derived_id
from services.applications.lifecycle.application import Application


def mark_overdue(application: Application) -> tuple[Application, list[Event]]:
    """Mark an application as overdue; one without a deadline stays as it is.

    The event has one id per due date, and belongs to the trace of the submission.
    """
    due_on = application.due_on
    if due_on is None:
        return application, []
    event_id = derived_id(
        application.application_id, f"{ApplicationOverdue.type}/{due_on.isoformat()}"
    )
    event = ApplicationOverdue(event_id=event_id, due_on=due_on, **application.facts())
    return replace(application, overdue=True), [event.in_trace(application.trace)]
