"""Marks applications as overdue."""

from datetime import date

from libs.contracts.events import Event
from libs.database.transaction import Transaction
from libs.messaging import outbox
from services.applications.deadlines import queries, rules
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.use_cases import lock_applications, save_transitions


async def mark_overdue(tx: Transaction, today: date, *, limit: int) -> int:
    """Mark applications whose ministry's deadline has passed, and announce it once per due date.

    Args:
        tx: the transaction.
        today: the day in Dhaka.
        limit: most applications of this transaction.

    Returns:
        How many were marked; 0 when none are left.
    """
    due = await queries.lock_due_applications(tx, today, limit)
    marked: list[Application] = []
    announced: list[Event] = []
    for application in (await lock_applications(tx, due)).values():
        overdue, events = rules.mark_overdue(application)
        marked.append(overdue)
        announced += events
    await save_transitions(tx, marked, announced)
    await outbox.add(tx, announced)
    return len(marked)
