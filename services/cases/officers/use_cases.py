"""Stores officers, and finds the one who calls."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.identity import OfficerChanged
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.callers.tokens import Staff
from services.cases.officers import queries
from services.cases.officers.rules import Officer


async def save_officers(tx: Transaction, events: Sequence[OfficerChanged]) -> None:
    """Store the newest state of officers."""
    newest: dict[object, OfficerChanged] = {}
    for event in events:
        before = newest.setdefault(event.officer_id, event)
        if before.occurred_at <= event.occurred_at:
            newest[event.officer_id] = event
    stored = await queries.save_officers(tx, list(newest.values()))
    await queries.save_stand_ins(tx, [newest[officer_id] for officer_id in sorted(stored)])


async def read_holders(
    tx: Transaction, duties: Collection[tuple[str, str, str]], today: date
) -> Mapping[tuple[str, str, str], Sequence[UUID]]:
    """Return whose duties are on a day, by ministry, office and duty; a deputy's too."""
    return await queries.read_holders(tx, sorted(duties), today)


async def read_officer(tx: Transaction, staff: Staff, at: datetime) -> Officer:
    """Return the officer who calls.

    The office is in the token, and has to be the one at which the duties are: who has moved since
    logs in again.

    Whoever stands in for a colleague has the colleague's duties from the first to the last day,
    whether or not identity has announced the end.

    Raises:
        Refused: the caller has no duty at the office of the token, or has none since an absence of
            a colleague is over, or not the qualification that is needed today.
    """
    post, today = staff.post, dhaka_date(at)
    stored = await queries.find_officer(tx, staff.staff_id)
    officer = stored and stored.on(today)
    if officer is None or post is None:
        raise Refused("duty_missing")
    if not officer.duties:
        officer.check_not_over(None, today)
        raise Refused("duty_missing")
    if (post.ministry, post.office_id) != (officer.ministry, officer.office_id):
        raise Refused("office_changed")
    if officer.acts_until is not None and officer.acts_until < today:
        raise Refused("qualification_missing")
    return officer
