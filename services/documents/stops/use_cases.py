"""Stop uddoktas whose mandate is used or over, or who may not act; know which cases they follow."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.text import Malformed
from libs.contracts.events import Event
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import parse_tracking_number
from services.documents.locker.rules import Helper
from services.documents.stops import queries, rules
from services.documents.stops.rules import ActingEvent

LATE_EVENTS: Final = timedelta(days=30)
"""For which the topics keep what was not read here yet."""

_DELETED_AT_ONCE: Final = 1_000
_GOES_ON: Final = frozenset({"mandate_used", "service_centre_not_running"})


async def save_stops(tx: Transaction, events: Sequence[ActingEvent]) -> None:
    """Store which mandates are used or over, and which uddoktas and centres may act."""
    await queries.save_stops(tx, rules.stops_of(events))


async def check_may_act(tx: Transaction, helper: Helper, *, follows_up: bool = False) -> None:
    """Check that nothing is known that stops an uddokta.

    Args:
        tx: the open transaction.
        helper: the uddokta, with a mandate.
        follows_up: whether it is for the application that was sent with the mandate, which goes
            on at a centre that was paused.

    Raises:
        Refused: the mandate is used or over, or the uddokta or the centre was stopped.
    """
    subject_ids = (str(helper.mandate_id), str(helper.uddokta_id), helper.service_centre_id)
    problems = await queries.find_problems(tx, subject_ids)
    for problem in problems:
        if not (follows_up and problem in _GOES_ON):
            raise Refused(problem)


async def follow_up(tx: Transaction, events: Sequence[Event], ended: Collection[UUID]) -> None:
    """Note which applications uddoktas sent, and forget those that have ended.

    A refused one has not, until the last day for an objection.
    """
    if sent := rules.followed_up_in(events):
        await queries.insert_followed_up(tx, sent)
    if last_days := rules.last_days_in(events):
        await queries.save_last_days(tx, last_days)
    if over := set(ended) - last_days.keys():
        await queries.delete_followed_up(tx, over)


async def forget_over(tx: Transaction, at: datetime) -> int:
    """Forget a batch of refused applications whose last day is over; return how many.

    An objection of the last day may be read here later, and its application goes on.
    """
    return await queries.delete_over(tx, dhaka_date(at - LATE_EVENTS), _DELETED_AT_ONCE)


async def find_followed_up(
    tx: Transaction, uddokta_id: UUID, tracking_number: str, at: datetime
) -> tuple[UUID, Helper, bool]:
    """Return whose open application an uddokta has sent, with papers or without, and how.

    Or whose refused one, while an objection is possible; and which of both.

    Raises:
        Refused: there is no such application, or it has ended.
    """
    try:
        number = parse_tracking_number(tracking_number)
    except Malformed as malformed:
        raise Refused("application_unknown", malformed.reason) from None
    found = await queries.find_followed_up(tx, uddokta_id, number, dhaka_date(at))
    if found is None:
        raise Refused("application_unknown")
    return found
