"""Old names of `libs.dead_letters.use_cases`; to be deleted when nothing imports them."""

from libs.contracts.topics import Topic
from libs.database.transaction import Transaction
from libs.dead_letters.rules import BlockedApplication
from libs.dead_letters.use_cases import ANNOUNCE_AFTER_S, Announce, announce_blocked

HeldUp = BlockedApplication
PATIENCE_S = ANNOUNCE_AFTER_S


async def tell_held_up(
    tx: Transaction, topic: Topic, tell: Announce, *, patience_s: float = PATIENCE_S
) -> int:
    """Old name of `announce_blocked`."""
    return await announce_blocked(tx, topic, tell, after_s=patience_s)
