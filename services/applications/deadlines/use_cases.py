"""Marks applications as overdue."""

from dataclasses import replace
from datetime import datetime

from libs.bangladesh.calendar import dhaka_date, is_office_open_since_morning
from libs.contracts.applications import ApplicationOverdue
from libs.contracts.events import Event
from libs.database.transaction import Transaction
from libs.ids import derived_id
from libs.messaging.writing import outbox
from services.applications.deadlines import queries
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.use_cases import lock_applications, save


async def mark_overdue(tx: Transaction, *, at: datetime, limit: int) -> int:
    """Mark and announce applications whose deadline has passed, once per due date.

    The last day ends at midnight in Dhaka. The citizen is told at 09:00 of the next working day.

    Args:
        tx: the transaction.
        at: the current time; before 09:00 in Dhaka and on days off nothing is marked.
        limit: the maximum number of applications.

    Returns:
        How many were marked.
    """
    if not is_office_open_since_morning(at):
        return 0
    due = await queries.lock_due_applications(tx, dhaka_date(at), limit)
    applications = (await lock_applications(tx, due)).values()
    announced: list[Event] = [_overdue(application) for application in applications]
    await save(tx, [replace(application, overdue=True) for application in applications], announced)
    await outbox.add(tx, announced)
    return len(due)


def _overdue(application: Application) -> ApplicationOverdue:
    """Make the event, with one id per due date, in the trace of the submission.

    Raises:
        ValueError: the application has no deadline.
    """
    if application.due_on is None:
        raise ValueError("no deadline")
    name = f"{ApplicationOverdue.type}/{application.due_on.isoformat()}"
    return ApplicationOverdue(
        event_id=derived_id(application.application_id, name),
        due_on=application.due_on,
        **application.facts(),
    ).in_trace(application.trace)
