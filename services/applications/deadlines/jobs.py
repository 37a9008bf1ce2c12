"""Looks for overdue applications."""

from collections.abc import Callable
from datetime import datetime

from libs.bangladesh.calendar import dhaka_date
from libs.component import Component
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.messaging.sweep import Sweep
from services.applications.deadlines import use_cases


def overdue_marker(
    database: Database, clock: Callable[[], datetime], *, every_s: float, limit: int
) -> Component:
    """Mark overdue applications every so often, batch after batch until none are left."""

    async def mark(tx: Transaction) -> int:
        return await use_cases.mark_overdue(tx, dhaka_date(clock()), limit=limit)

    return Sweep("overdue", mark, database=database, every_s=every_s)
