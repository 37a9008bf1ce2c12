"""Numbers of accounts changed by their citizens; accounts given back that were set aside."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.contracts.identity import PhoneView
from libs.database.transaction import Transaction
from libs.encryption import Unopened
from libs.errors import Refused
from libs.messaging.writing import outbox
from services.identity.citizens import use_cases as citizens
from services.identity.citizens.rules import Citizen, SilencePolicy
from services.identity.codes import use_cases as codes
from services.identity.codes.rules import CodePolicy, Origin
from services.identity.phones import queries, rules
from services.identity.phones.rules import PhoneChange
from services.identity.sessions import use_cases as sessions

_AT_ONCE: Final = 100  # so that no transaction is long
_AGAIN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WantedChange:
    """A change that a citizen asked for: the new number, and the codes of both numbers.

    `session_id` is the session of the request; it goes on afterwards.
    """

    citizen_id: UUID
    session_id: UUID
    phone: str = field(repr=False)
    code: str = field(repr=False)
    old_code: str | None = field(repr=False)
    origin: Origin


async def change_phone(
    tx: Transaction, wanted: WantedChange, policy: CodePolicy, wait: timedelta, at: datetime
) -> PhoneView | Refused:
    """Change the number of an account: at once with codes of both, else after a wait.

    The old number is told. All other sessions end with the change. A refusal for a code is
    returned, not raised, since the attempt is counted in the same transaction.

    Raises:
        Refused: the id is not a citizen's, or it is the account's number already.
    """
    before = await citizens.read_citizen(tx, wanted.citizen_id)
    if wanted.phone == before.phone:
        raise Refused("phone_unchanged", pointer="/phone")
    refusal = await _check_codes(tx, wanted, before, policy, at)
    if refusal is not None:
        return refusal
    if await citizens.find_by_phone(tx, wanted.phone) is not None:
        return Refused("phone_taken", pointer="/phone")
    citizen = await citizens.lock_citizen(tx, wanted.citizen_id)
    change = PhoneChange(wanted.citizen_id, wanted.phone, wanted.session_id, at, at + wait)
    if wanted.old_code is not None:
        await _apply(tx, citizen, change, at)
        return await read_phone(tx, wanted.citizen_id)
    await queries.save_change(tx, change)
    notices = rules.notices_of(citizen, change.phone, "phone_change_requested", change.due_at)
    await outbox.add(tx, notices)
    return rules.view(citizen, change)


async def read_phone(tx: Transaction, citizen_id: UUID) -> PhoneView:
    """Return the number of an account, and the change that waits.

    Raises:
        Refused: the id is not a citizen's.
    """
    citizen = await citizens.read_citizen(tx, citizen_id)
    return rules.view(citizen, await queries.read_change(tx, citizen_id))


async def cancel_change(tx: Transaction, citizen_id: UUID) -> None:
    """Cancel the change that waits, and tell the number of the account.

    Raises:
        Refused: no change waits, or the id is not a citizen's.
    """
    citizen = await citizens.lock_citizen(tx, citizen_id)
    change = await queries.delete_change(tx, citizen_id)
    if change is None:
        raise Refused("phone_change_not_requested")
    await outbox.add(tx, rules.notices_of(citizen, change.phone, "phone_change_cancelled"))


async def apply_due_changes(tx: Transaction, at: datetime) -> int:
    """Make the changes that are due, some at a time; return how many were looked at.

    One to a number that somebody has taken meanwhile is cancelled, and the old number told. One
    whose row, or whose citizen's, is damaged is looked at again the next day.
    """
    due = await queries.find_due(tx, at, _AT_ONCE)
    for citizen_id in due:
        try:
            citizen = await citizens.lock_citizen(tx, citizen_id)
            change = await queries.read_change(tx, citizen_id)
        except Unopened:  # an operator is told; the others go on
            await queries.put_off(tx, citizen_id, at + _AGAIN)
            continue
        if change is None:  # cancelled, or made by another replica
            continue
        await queries.delete_change(tx, citizen_id)
        if await citizens.find_by_phone(tx, change.phone) is None:
            await _apply(tx, citizen, change, at)
        else:
            await outbox.add(tx, rules.notices_of(citizen, change.phone, "phone_change_cancelled"))
    return len(due)


async def is_waiting(tx: Transaction, citizen_id: UUID) -> bool:
    """Return whether a change of number waits for a citizen."""
    return await queries.read_change(tx, citizen_id) is not None


async def delete_change(tx: Transaction, citizen_id: UUID) -> PhoneChange | None:
    """Delete the change that waits for a citizen without telling anybody, and return it."""
    return await queries.delete_change(tx, citizen_id)


async def claim_account(  # noqa: PLR0913
    tx: Transaction,
    from_phone: str,
    phone: str,
    number: str | None,
    policy: SilencePolicy,
    at: datetime,
    *,
    by: str,
    proof: str,
) -> UUID:
    """Give an account that was set aside back to its owner, with an audit entry; return its id.

    The account that began at the owner's number meanwhile is set aside in its place.

    Args:
        tx: the open transaction.
        from_phone: the number that the account had.
        phone: the number that it gets.
        number: the NID or birth registration number of its profile; None if it has none.
        policy: the settings.
        at: the current time.
        by: the operator.
        proof: what the owner showed, without personal data.

    Raises:
        Refused: not exactly one account was set aside from this number.
    """
    citizen = await citizens.lock_set_aside(tx, from_phone, number, policy)
    other_id = await citizens.find_by_phone(tx, phone)
    if other_id is not None:
        await citizens.set_aside(tx, await citizens.lock_citizen(tx, other_id), policy, at)
    await citizens.move_to_phone(tx, citizen, phone, at)
    await codes.assign_phone(tx, phone, citizen.citizen_id)
    await record_action(
        tx, actor=by, action=f"claim account: {proof}", subject=str(citizen.citizen_id)
    )
    return citizen.citizen_id


async def _check_codes(
    tx: Transaction, wanted: WantedChange, before: Citizen, policy: CodePolicy, at: datetime
) -> Refused | None:
    """Check the codes of both numbers; the row of the citizen must not be locked yet."""
    if wanted.old_code is not None:
        old = await codes.use_code(
            tx, before.phone or "", wanted.old_code, wanted.origin, policy, at
        )
        if old is not None:
            return Refused(old.code, pointer="/old_code")
    return await codes.use_code(tx, wanted.phone, wanted.code, wanted.origin, policy, at)


async def _apply(tx: Transaction, citizen: Citizen, change: PhoneChange, at: datetime) -> None:
    """Change the number; end the other sessions, and tell the old number."""
    await queries.delete_change(tx, citizen.citizen_id)
    await citizens.move_to_phone(tx, citizen, change.phone, at)
    await codes.assign_phone(tx, change.phone, citizen.citizen_id)
    await sessions.end_other_sessions(tx, citizen.citizen_id, change.session_id)
    await outbox.add(tx, rules.notices_of(citizen, change.phone, "phone_changed"))
