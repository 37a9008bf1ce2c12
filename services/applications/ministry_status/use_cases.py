"""Keeps the statuses of ministries' systems, and counts decisions made in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.ministries import MinistryStatusChanged
from libs.database.transaction import Transaction
from services.applications.ministry_status import queries
from services.applications.ministry_status.cache import MinistryStatuses
from services.applications.ministry_status.rules import DAYS_COUNTED, DueCount

STATUSES_CHANGED: Final = "ministry_statuses_changed"
"""Notification sent on commit when a status was stored."""

# Days off in a row, after which yesterday's applications are marked as overdue.
_COUNTED_AGAIN: Final = timedelta(days=11)


async def keep_statuses(tx: Transaction, statuses: Sequence[MinistryStatusChanged]) -> None:
    """Store the newest status of every ministry's system."""
    newest: dict[str, MinistryStatusChanged] = {}
    for status in statuses:
        before = newest.setdefault(status.ministry, status)
        if before.occurred_at <= status.occurred_at:
            newest[status.ministry] = status
    await queries.save_statuses(tx, list(newest.values()))
    tx.notify_on_commit(STATUSES_CHANGED)


async def count_due(tx: Transaction, *, at: datetime) -> list[DueCount]:
    """Count the applications that were due on the last days; return the last 30 days' counts.

    A day is counted again for a while, since what is late is marked only on the next working day.
    """
    today = dhaka_date(at)
    await queries.count_due(tx, since=today - _COUNTED_AGAIN, before=today)
    await queries.delete_due_counts(tx, before=today - timedelta(days=DAYS_COUNTED))
    return await _read_counts(tx, at)


async def refresh(tx: Transaction, statuses: MinistryStatuses, *, at: datetime) -> int:
    """Load statuses and counts into memory."""
    statuses.put(await queries.read_statuses(tx), await _read_counts(tx, at))
    return 0


async def _read_counts(tx: Transaction, at: datetime) -> list[DueCount]:
    since = dhaka_date(at) - timedelta(days=DAYS_COUNTED)
    return await queries.read_due_counts(tx, since=since)
