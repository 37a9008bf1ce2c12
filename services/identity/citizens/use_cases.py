"""Register citizens; read and change their profiles."""

from collections.abc import Sequence
from uuid import UUID

from libs.contracts.identity import UpdateProfile
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging import outbox
from libs.trace_context import TraceContext
from services.identity.citizens import queries
from services.identity.citizens.rules import Citizen, apply_change, contact_event


async def register_citizens(
    tx: Transaction, logins: Sequence[tuple[Citizen, TraceContext | None]]
) -> None:
    """Store citizens who log in for the first time, and announce their contact.

    Args:
        tx: the open transaction.
        logins: new and known citizens, with the trace of the login request.
    """
    inserted = await queries.insert_citizens(tx, [citizen for citizen, _ in logins])
    await outbox.add(
        tx,
        [
            contact_event(citizen).in_trace(trace)
            for citizen, trace in logins
            if citizen.citizen_id in inserted
        ],
    )


async def read_citizen(tx: Transaction, citizen_id: UUID) -> Citizen:
    """Read a citizen.

    Raises:
        Refused: the id is not a citizen's; officers and operators have no profile.
    """
    citizen = await queries.read_citizen(tx, citizen_id)
    if citizen is None:
        raise Refused("not_found")
    return citizen


async def change_profile(tx: Transaction, citizen_id: UUID, change: UpdateProfile) -> Citizen:
    """Change a profile; announce the contact when the language has changed.

    Raises:
        Refused: the id is not a citizen's.
        Unreadable: a number is malformed.
    """
    before = await queries.lock_citizen(tx, citizen_id)
    if before is None:
        raise Refused("not_found")
    citizen = apply_change(before, change)
    await queries.update_citizen(tx, citizen)
    if citizen.language != before.language:
        await outbox.add(tx, [contact_event(citizen)])
    return citizen
