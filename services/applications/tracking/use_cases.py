"""Numbers saved, and applications found by them."""

from collections.abc import Sequence
from datetime import datetime

from libs.bangladesh.phone import parse_mobile
from libs.bangladesh.text import Malformed
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import parse_tracking_number
from services.applications.tracking import queries, rules
from services.applications.tracking.rules import (
    KEPT,
    MOST_ATTEMPTS,
    IdentityEvent,
    Tracked,
    hour_of,
)

_ROWS_PER_DELETION = 1_000


async def save_phones(tx: Transaction, events: Sequence[IdentityEvent]) -> None:
    """Save the numbers with which citizens may track their applications."""
    await queries.save_phones(tx, rules.newest_phones(events))


async def find(
    tx: Transaction, tracking_number: str, phone: str, *, at: datetime
) -> Tracked | Refused:
    """Find an application by its number and the citizen's; count the attempt.

    The refusal is returned, since the count must be stored. It is the same whether the tracking
    number, the mobile number or their pair is wrong.
    """
    try:
        number, mobile = parse_tracking_number(tracking_number), parse_mobile(phone)
    except Malformed:
        return Refused("tracking_unknown")
    if await queries.count_attempt(tx, number, hour_of(at)) > MOST_ATTEMPTS:
        return Refused("tracking_too_often", retry_after_s=3600 - (at - hour_of(at)).seconds)
    return await queries.find_tracked(tx, number, mobile) or Refused("tracking_unknown")


async def delete_old_attempts(tx: Transaction, *, at: datetime) -> int:
    """Delete a batch of counts of earlier hours; return how many."""
    return await queries.delete_attempts(tx, before=at - KEPT, limit=_ROWS_PER_DELETION)
