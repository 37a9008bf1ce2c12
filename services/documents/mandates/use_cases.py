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


async def check_may_act(tx: Transaction, helper: Helper, *, follows_up: bool = False) -> None:
    """Check that nothing is known that stops an uddokta.

    Args:
        tx: the open transaction.
        helper: the uddokta, with a mandate.
        follows_up: whether it is for the application that was sent with the mandate.

    Raises:
        Refused: the mandate is used or over, or the uddokta or the centre was stopped.
    """
    acting = (str(helper.mandate_id), str(helper.uddokta_id), helper.service_centre_id)
    problems = await queries.find_problems(tx, acting)
    for problem in problems:
        if not (follows_up and problem == "mandate_used"):
            raise Refused(problem)
