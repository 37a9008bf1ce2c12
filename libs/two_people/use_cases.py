"""Acts proposed, approved, rejected and listed."""

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
        Refused: there is no such act, it was approved or rejected before, or the same person
            proposed it.
    """
    act = await lock_act(tx, act_id)
    if act.subject != subject:
        raise Refused("not_found")
    approved = act.approved(by, at)
    await queries.save_answer(tx, approved)
    return approved


async def reject(
    tx: Transaction, act_id: UUID, by: UUID, at: datetime, because: str | None = None
) -> Act:
    """Reject an act that waits, and say why; or take the own one back.

    Raises:
        Refused: there is no such act, it was approved or rejected before, or another person's is
            rejected without a reason.
    """
    rejected = (await lock_act(tx, act_id)).rejected(by, at, because)
    await queries.save_answer(tx, rejected)
    return rejected


async def know_rejection(tx: Transaction, act_id: UUID, by: UUID, at: datetime) -> Act:
    """Record that a proposer knows that the act was rejected; a repeat changes nothing.

    Raises:
        Refused: there is no such act of this person, or it was not rejected.
    """
    act = (await lock_act(tx, act_id)).acknowledged(by, at)
    await queries.save_answer(tx, act)
    return act


async def read_subject(tx: Transaction, act_id: UUID) -> str:
    """Return the subject of an act; the caller locks that, and then the act.

    Raises:
        Refused: there is no such act.
    """
    subject = await queries.read_subject(tx, act_id)
    if subject is None:
        raise Refused("not_found")
    return subject


async def lock_act(tx: Transaction, act_id: UUID) -> Act:
    """Read an act, and lock its row until the transaction ends.

    Raises:
        Refused: there is no such act.
    """
    act = await queries.lock_act(tx, act_id)
    if act is None:
        raise Refused("not_found")
    return act


async def read_waiting(tx: Transaction, *, after: UUID | None = None, limit: int) -> list[Act]:
    """Return the acts that wait for a second person, the oldest first."""
    return await queries.read_waiting(tx, after=after, limit=limit)


async def read_rejected(tx: Transaction, proposed_by: UUID, *, limit: int) -> list[Act]:
    """Return rejected acts that their proposer has not acknowledged, the newest first."""
    return await queries.read_rejected(tx, proposed_by, limit=limit)


async def read_acts(tx: Transaction, subject: str, *, after: UUID | None, limit: int) -> list[Act]:
    """Return the acts about a subject, the newest first; with `after`, those behind this one."""
    return await queries.read_acts(tx, subject, after=after, limit=limit)
