"""Marks applications as overdue, and moves last days when the calendar changes."""

from dataclasses import replace
from datetime import datetime

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import ApplicationOverdue
from libs.contracts.events import Event
from libs.database.transaction import Transaction
from libs.ids import derived_id
from libs.messaging.writing import outbox
from services.applications.calendar import use_cases as calendars
from services.applications.deadlines import queries, rules
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
    if not (await calendars.read_calendar(tx)).is_office_open_since_morning(at):
        return 0
    due = await queries.lock_due_applications(tx, dhaka_date(at), limit)
    applications = (await lock_applications(tx, due)).values()
    announced: list[Event] = [_overdue(application) for application in applications]
    await save(tx, [replace(application, overdue=True) for application in applications], announced)
    await outbox.add(tx, announced)
    return len(due)


async def move_deadlines(tx: Transaction, *, limit: int) -> int:
    """Reckon some last days again, and tell whoever's has moved; return how many were looked at.

    A killed process goes on where it was; a second run finds every day as it is. Those that stand
    still are reckoned when they run again.
    """
    progress = await calendars.lock_change(tx)
    if progress is None:
        return 0
    places = await queries.lock_due_after(tx, progress.after_day, progress.after_id, limit)
    if not places:
        await calendars.end_change(tx)
        return 0
    calendar = await calendars.read_calendar(tx)
    applications = await lock_applications(tx, [key for _, key in places])
    moved = [
        found
        for application in applications.values()
        if (found := rules.moved(application, calendar)) is not None
    ]
    events = [event for _, event in moved]
    await save(tx, [application for application, _ in moved], events)
    await outbox.add(tx, events)
    await calendars.save_progress(tx, *places[-1])
    return len(places)


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
