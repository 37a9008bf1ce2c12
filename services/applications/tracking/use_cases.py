"""Numbers saved, and applications found by them."""

from collections.abc import Sequence
from datetime import datetime

from libs.addresses import site_of
from libs.bangladesh.phone import parse_mobile
from libs.bangladesh.text import Malformed
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import parse_tracking_number
from services.applications.tracking import queries, rules
from services.applications.tracking.rules import (
    KEPT,
    KNOWN,
    IdentityEvent,
    Tracked,
    hour_of,
)

_ROWS_PER_DELETION = 1_000


async def save_phones(tx: Transaction, events: Sequence[IdentityEvent]) -> None:
    """Save the numbers with which citizens may track their applications."""
    await queries.save_phones(tx, rules.newest_phones(events))


async def find(
    tx: Transaction, tracking_number: str, phone: str, address: str, *, at: datetime
) -> Tracked | Refused:
    """Find an application by its number and the citizen's; count the attempt of the network.

    From a network with a right attempt nobody else's count. The refusal is returned, since the
    count must be stored. It is the same whether the tracking number, the mobile number or their
    pair is wrong.
    """
    try:
        number, mobile = parse_tracking_number(tracking_number), parse_mobile(phone)
    except Malformed:
        return Refused("tracking_unknown")
    network, hour = site_of(address), hour_of(at)
    known = await queries.is_known(tx, number, network)
    counted = rules.counted_for(network, known=known)
    attempts = await queries.count_attempt(tx, number, counted, hour, delete_after=hour + KEPT)
    if rules.is_too_often(attempts):
        return Refused("tracking_too_often", retry_after_s=3600 - (at - hour).seconds)
    found = await queries.find_tracked(tx, number, mobile)
    if found is None:
        return Refused("tracking_unknown")
    await queries.save_found(tx, number, network, hour, delete_after=at + KNOWN)
    return found


async def delete_old_attempts(tx: Transaction, *, at: datetime) -> int:
    """Delete a batch of counts that are over; return how many."""
    return await queries.delete_attempts(tx, before=at, limit=_ROWS_PER_DELETION)
