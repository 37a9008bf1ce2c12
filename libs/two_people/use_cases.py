"""Acts proposed, approved and listed."""

from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.two_people import queries
from libs.two_people.rules import Act


async def propose(tx: Transaction, act: Act) -> Act:
    """Store an act that a second person has to approve; a repeat returns the one that waits.

    The caller holds a lock of the subject, so that repeats at once are one act.
    """
    waiting = await queries.find_waiting(tx, act)
    if waiting is not None:
        return waiting
    await queries.insert_act(tx, act)
    return act


async def approve(tx: Transaction, subject: str, act_id: UUID, by: UUID, at: datetime) -> Act:
    """Approve an act about a subject; the caller does it in the same transaction.

    Raises:
        Refused: there is no such act, it was approved before, or the same person proposed it.
    """
    act = await queries.lock_act(tx, subject, act_id)
    if act is None:
        raise Refused("not_found")
    approved = act.approved(by, at)
    await queries.save_approval(tx, approved)
    return approved


async def read_acts(tx: Transaction, subject: str, *, after: UUID | None, limit: int) -> list[Act]:
    """Return the acts about a subject, the newest first; with `after`, those behind this one."""
    return await queries.read_acts(tx, subject, after=after, limit=limit)
