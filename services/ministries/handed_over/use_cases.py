"""A ministry that lost data reads its hand-overs again."""

from datetime import datetime, timedelta
from typing import Final

import structlog

from libs.database.transaction import Transaction
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.handed_over import rules
from services.ministries.handed_over.rules import Cursor, Page

_MOST_BYTES: Final = 1_000_000
_DELETED_AT_ONCE: Final = 500
_DELETED_LATER_S: Final = 3600.0
"""So that all that follows a cursor of the last moment is there while its pages are read."""

log = structlog.get_logger()


async def read_page(
    tx: Transaction,
    ministry: str,
    after: Cursor | None,
    *,
    limit: int,
    now: datetime,
    kept: timedelta,
) -> Page:
    """Read a ministry's hand-overs from a cursor on; without one, all that are kept.

    What cannot be decrypted is left out; an alert says so.

    Raises:
        Refused: the cursor is too old, or of another database.
        Unavailable: a hand-over to this ministry takes long to commit.
    """
    last = await deliveries.settle_numbers(tx, ministry)
    if after is not None:
        rules.check_cursor(after, last, now, kept)
    found, has_more = await deliveries.read_handed_over(
        tx, ministry, after=after.number if after else 0, limit=limit, most_bytes=_MOST_BYTES
    )
    log.info("handed over deliveries read", ministry=ministry, count=len(found))
    end = rules.cursor_behind(found[-1]) if has_more else Cursor(last, now)
    whole = [hand_over for hand_over in found if not hand_over.delivery.unopened]
    if len(whole) < len(found):
        log.error("handed over deliveries are damaged", count=len(found) - len(whole))
    return Page(whole, end, has_more=has_more)


async def read_last_number(tx: Transaction) -> int:
    """Read the last number given to a hand-over."""
    return await deliveries.read_last_number(tx)


async def delete_old(tx: Transaction, *, kept: timedelta) -> int:
    """Delete hand-overs that are too old to be read again, a part at a time; return how many."""
    older_than_s = kept.total_seconds() + _DELETED_LATER_S
    return await deliveries.delete_old_content(
        tx, older_than_s=older_than_s, limit=_DELETED_AT_ONCE
    )
