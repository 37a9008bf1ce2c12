"""Numbers saved, and applications found by them."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from libs.addresses import site_of
from libs.bangladesh.phone import parse_mobile
from libs.bangladesh.text import Malformed
from libs.contracts.applications import TrackApplication
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import code_of, parse_code, parse_tracking_number
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
    tx: Transaction, wanted: TrackApplication, address: str, *, at: datetime
) -> Tracked | Refused:
    """Find an application by its number and the citizen's, or by the code on paper.

    The attempt of the network is counted, of either kind.

    From a network with a right attempt nobody else's count. The refusal is returned, since the
    count must be stored. It is the same whether the tracking number, the mobile number, the code or
    their pair is wrong.
    """
    try:
        number = parse_tracking_number(wanted.tracking_number)
        code = parse_code(wanted.tracking_code) if wanted.tracking_code else None
        mobile = None if code else parse_mobile(wanted.phone or "")
    except Malformed:
        return Refused("tracking_unknown")
    network, hour = site_of(address), hour_of(at)
    is_known = await queries.is_known(tx, number, network)
    counted = rules.counted_for(network, is_known=is_known)
    attempts = await queries.count_attempt(tx, number, counted, hour, delete_after=hour + KEPT)
    if rules.is_too_often(attempts):
        return Refused("tracking_too_often", retry_after_s=3600 - (at - hour).seconds)
    if mobile is not None:
        found = await queries.find_tracked(tx, number, mobile)
    else:
        found = await queries.find_assisted(tx, number)
        if found is not None and not hmac.compare_digest(
            tracking_code(tx, found.application_id), code or ""
        ):
            found = None
    if found is None:
        return Refused("tracking_unknown")
    await queries.save_found(tx, number, network, hour, delete_after=at + KNOWN)
    return found


def tracking_code(tx: Transaction, application_id: UUID) -> str:
    """Return the code that the payment receipt has: a keyed hash, which is stored nowhere."""
    return code_of(tx.cipher.index(f"tracking code of {application_id}"))


async def delete_old_attempts(tx: Transaction, *, at: datetime) -> int:
    """Delete a batch of counts that are over; return how many."""
    return await queries.delete_attempts(tx, before=at, limit=_ROWS_PER_DELETION)
