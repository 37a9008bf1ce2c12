"""Stop uddoktas whose mandate is used or over, or who may not act."""

from collections.abc import Sequence

from libs.database.transaction import Transaction
from libs.errors import Refused
from services.documents.locker.rules import Helper
from services.documents.mandates import queries, rules
from services.documents.mandates.rules import ActingEvent


async def save_stops(tx: Transaction, events: Sequence[ActingEvent]) -> None:
    """Store which mandates are used or over, and which uddoktas and centres may act."""
    await queries.save_stops(tx, rules.stops_of(events))


async def check_may_act(tx: Transaction, helper: Helper) -> None:
    """Check that nothing is known that stops an uddokta.

    Raises:
        Refused: the mandate is used or over, or the uddokta or the centre was stopped.
    """
    acting = (str(helper.mandate_id), str(helper.uddokta_id), helper.service_centre_id)
    problem = await queries.find_problem(tx, acting)
    if problem is not None:
        raise Refused(problem)
