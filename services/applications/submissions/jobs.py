"""Deletes stored responses that no repeated request needs any more."""

from collections.abc import Callable
from datetime import datetime, timedelta

from libs.component import Component
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.messaging.sweep import Sweep
from libs.web import idempotency

_EVERY_S = 60.0


def response_cleaner(
    database: Database, clock: Callable[[], datetime], *, kept_days: int
) -> Component:
    """Delete the oldest stored responses every minute, a bounded number at a time."""

    async def delete(tx: Transaction) -> int:
        await idempotency.forget_before(tx, clock() - timedelta(days=kept_days))
        return 0  # the rest waits for the next minute

    return Sweep("delete stored responses", delete, database=database, every_s=_EVERY_S)
