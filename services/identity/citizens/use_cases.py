"""Register citizens and let them in; read and change their profiles and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from libs.contracts.identity import UpdateProfile
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.writing import outbox
from libs.trace_context import TraceContext
from services.identity.citizens import queries
from services.identity.citizens.rules import (
    Citizen,
    SilencePolicy,
    apply_change,
    check_owner,
    contact_event,
    has_number,
)
from services.identity.sessions import use_cases as sessions


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """A login whose code was right.

    Args:
        citizen: who has the number, or the new citizen if nobody has it.
        trace: of the request.
        number: the number of the profile that was typed as a proof, if any.
        new_account: whether a new account is asked for in place of a silent one.
    """

    citizen: Citizen
    trace: TraceContext | None = None
    number: str | None = None
    new_account: bool = False


class Admission(NamedTuple):
    """The account that a login opens, and when it will be erased, if so."""

    citizen_id: UUID
    erasure_due_at: datetime | None = None


async def log_in(
    tx: Transaction, logins: Sequence[Login], policy: SilencePolicy, at: datetime
) -> list[Admission | Refused]:
    """Find the accounts that right codes open; register citizens at their first login.

    After a long silence, somebody else may have the number. Then the account is opened by a number
    of its profile only; otherwise it is set aside, and a new one begins.

    Returns one result per login, in order.
    """
    citizens = [login.citizen for login in logins]
    seen = await queries.touch_citizens(tx, citizens, at=at, since=at - policy.silent_after)
    unseen = [login for login in logins if login.citizen.citizen_id not in seen]
    new = await register_citizens(tx, [(login.citizen, login.trace) for login in unseen], at)
    results: list[Admission | Refused] = []
    for login in logins:
        citizen_id = login.citizen.citizen_id
        if citizen_id in seen or citizen_id in new:
            results.append(Admission(citizen_id, seen.get(citizen_id)))
        else:
            results.append(await _admit_silent(tx, login, policy, at))
    return results


async def set_aside(tx: Transaction, citizen: Citizen, policy: SilencePolicy, at: datetime) -> None:
    """Take the number from an account, and end its sessions; its owner can claim it."""
    phone_hash = policy.hash_phone(citizen.phone or "")
    await queries.set_aside(tx, citizen.citizen_id, phone_hash, at=at)
    await sessions.end_sessions(tx, citizen.citizen_id)
    await outbox.add(tx, [contact_event(replace(citizen, phone=None))])


async def move_to_phone(tx: Transaction, citizen: Citizen, phone: str, at: datetime) -> None:
    """Give an account another number, and announce the contact."""
    await queries.update_phone(tx, citizen.citizen_id, phone, at=at)
    await outbox.add(tx, [contact_event(replace(citizen, phone=phone))])


async def find_by_phone(tx: Transaction, phone: str) -> UUID | None:
    """Return whose account has a number."""
    return await queries.find_by_phone(tx, phone)


async def find_by_phone_index(tx: Transaction, phone_index: bytes) -> UUID | None:
    """Return whose account has the number with this keyed hash."""
    return await queries.find_by_phone_index(tx, phone_index)


async def lock_set_aside(
    tx: Transaction, phone: str, number: str | None, policy: SilencePolicy
) -> Citizen:
    """Read the account that had a number until it was taken, and lock its row.

    Args:
        tx: the open transaction.
        phone: the number that it had.
        number: of its profile; None if the profile has none.
        policy: the settings.

    Raises:
        Refused: there is none, or more than one.
    """
    found = [
        await lock_citizen(tx, citizen_id)
        for citizen_id in await queries.find_set_aside(tx, policy.hash_phone(phone))
    ]
    own = [citizen for citizen in found if number is None or has_number(citizen, number)]
    if len(own) != 1:
        raise Refused("account_not_set_aside")
    return own[0]


async def register_citizens(
    tx: Transaction, logins: Sequence[tuple[Citizen, TraceContext | None]], at: datetime
) -> set[UUID]:
    """Store citizens who log in for the first time, and announce their contact; return their ids.

    Args:
        tx: the open transaction.
        logins: new and known citizens, with the trace of the login request.
        at: the current time.
    """
    if not logins:
        return set()
    inserted = await queries.insert_citizens(tx, [citizen for citizen, _ in logins], seen_at=at)
    await outbox.add(
        tx,
        [
            contact_event(citizen).in_trace(trace)
            for citizen, trace in logins
            if citizen.citizen_id in inserted
        ],
    )
    return inserted


async def register_without_phone(tx: Transaction, citizen: Citizen, at: datetime) -> None:
    """Store a citizen who has no phone and is helped at a centre, and announce that."""
    await queries.insert_without_phone(tx, citizen, seen_at=at)
    await outbox.add(tx, [contact_event(citizen)])


async def find_citizen(tx: Transaction, citizen_id: UUID) -> Citizen | None:
    """Read a citizen; None if the id is unknown."""
    return await queries.read_citizen(tx, citizen_id)


async def read_citizen(tx: Transaction, citizen_id: UUID) -> Citizen:
    """Read a citizen.

    Raises:
        Refused: the id is not a citizen's; officers and operators have no profile.
    """
    citizen = await find_citizen(tx, citizen_id)
    if citizen is None:
        raise Refused("not_found")
    return citizen


async def lock_citizen(tx: Transaction, citizen_id: UUID) -> Citizen:
    """Read a citizen and lock the row until the transaction ends.

    Raises:
        Refused: the id is not a citizen's.
    """
    citizen = await queries.lock_citizen(tx, citizen_id)
    if citizen is None:
        raise Refused("not_found")
    return citizen


async def is_there(tx: Transaction, citizen_id: UUID) -> bool:
    """Lock the row of a citizen until the transaction ends; return whether there is one."""
    return await queries.lock_citizen(tx, citizen_id) is not None


async def delete_citizen(tx: Transaction, citizen_id: UUID) -> None:
    """Delete a citizen's number, language and profile; a repeat changes nothing."""
    await queries.delete_citizen(tx, citizen_id)


async def change_profile(tx: Transaction, citizen_id: UUID, change: UpdateProfile) -> Citizen:
    """Change a profile; announce the contact when the language has changed.

    Raises:
        Refused: the id is not a citizen's.
        Unreadable: a number is malformed.
    """
    before = await lock_citizen(tx, citizen_id)
    citizen = apply_change(before, change)
    await queries.update_citizen(tx, citizen)
    if citizen.language != before.language:
        await outbox.add(tx, [contact_event(citizen)])
    return citizen


async def _admit_silent(
    tx: Transaction, login: Login, policy: SilencePolicy, at: datetime
) -> Admission | Refused:
    citizen = await queries.lock_citizen(tx, login.citizen.citizen_id)
    if citizen is None or citizen.phone is None or citizen.phone != login.citizen.phone:
        # The account was erased, or left the number, while the code was on its way.
        return await _begin_account(tx, login, at)
    wrong = await queries.read_wrong_proofs(tx, citizen.citizen_id)
    match check_owner(citizen, login.number, wrong, policy, new_account=login.new_account):
        case "shown":
            await queries.update_phone(tx, citizen.citizen_id, citizen.phone, at=at)
            return Admission(citizen.citizen_id)
        case "needed":
            return Refused("account_proof_needed", pointer="/number")
        case "wrong":
            await queries.count_wrong_proof(tx, citizen.citizen_id)
            return Refused("account_proof_wrong", pointer="/number")
        case "set_aside":
            await set_aside(tx, citizen, policy, at)
            return await _begin_account(tx, login, at)


async def _begin_account(tx: Transaction, login: Login, at: datetime) -> Admission | Refused:
    """Register a new citizen with the number, under another id than that of the code."""
    newcomer = replace(login.citizen, citizen_id=new_id())
    if not await register_citizens(tx, [(newcomer, login.trace)], at):
        return Refused("code_expired", pointer="/code")
    return Admission(newcomer.citizen_id)
