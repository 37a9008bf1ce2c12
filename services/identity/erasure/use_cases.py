"""Erasures requested, cancelled, carried out step by step, and confirmed by the other services."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import end_of_day
from libs.contracts.erasure import ErasureConfirmed
from libs.contracts.identity import CitizenErased
from libs.contracts.topics import topic_of
from libs.database.transaction import Transaction
from libs.erase_all import erase_all, erase_functions_of
from libs.errors import Refused, Unreadable
from libs.messaging.delete_records import delete_records
from libs.messaging.writing import outbox
from libs.web.callers.tokens import CLOCK_SKEW_S, LEEWAY_S, TOKEN_MAX_LIFE_S
from services.identity.citizens import use_cases as citizens
from services.identity.citizens.numbers import read_phone
from services.identity.codes import use_cases as codes
from services.identity.codes.rules import CodePolicy, Origin
from services.identity.erasure import queries, rules
from services.identity.erasure.rules import Erasure, OpenErasure
from services.identity.mandates import use_cases as mandates
from services.identity.phones import use_cases as phones
from services.identity.sessions import use_cases as sessions

CLOSING: Final = timedelta(seconds=TOKEN_MAX_LIFE_S + CLOCK_SKEW_S + LEEWAY_S)
"""Time for which a service may still accept tokens of a closed account while Kafka is away.

Before that nothing is deleted elsewhere, so that no request can bring the account back.
"""

UNCONSENTED_KEPT: Final = timedelta(days=30)
"""Time for which a request shows whom it asked who did not agree: the owner of the number may look
and complain."""

_ERASE_FUNCTIONS: Final = erase_functions_of("services.identity")
_AT_ONCE: Final = 100  # so that no transaction is long
_SHOWN_AT_MOST: Final = 1_000


async def request_erasure_by_code(  # noqa: PLR0913
    tx: Transaction,
    citizen_id: UUID,
    code: str,
    origin: Origin,
    policy: CodePolicy,
    wait: timedelta,
    at: datetime,
) -> Erasure | Refused:
    """Request the erasure of one's own account with a code for its number.

    A refusal is returned, not raised, since the attempt is counted in the same transaction.

    Raises:
        Refused: the id is not a citizen's.
    """
    citizen = await citizens.read_citizen(tx, citizen_id)
    refusal = await codes.use_code(tx, citizen.phone or "", code, origin, policy, at)
    return refusal or await request_erasure(tx, citizen_id, wait, at)


async def request_erasure(
    tx: Transaction, citizen_id: UUID, wait: timedelta, at: datetime
) -> Erasure:
    """Store that an account is to be erased after a time, and tell the citizen by SMS.

    A repeat changes nothing, and returns the first request.

    Raises:
        Refused: the id is not a citizen's.
    """
    citizen = await citizens.lock_citizen(tx, citizen_id)
    erasure = Erasure(citizen_id, requested_at=at, due_at=at + wait)
    if not await queries.insert_erasure(tx, erasure):
        return await read_erasure(tx, citizen_id)
    await outbox.add(tx, rules.notices_of(citizen, erasure, "erasure_requested"))
    return erasure


async def find_account(tx: Transaction, number: str) -> UUID:
    """Return the account of a mobile number, or of an NID or birth registration number.

    By the latter an account without a phone is found, of a citizen who was helped at a centre.

    Raises:
        Refused: there is none.
    """
    citizen_id = None
    with suppress(Unreadable):
        citizen_id = await citizens.find_by_phone(tx, read_phone(number))
    if citizen_id is None:
        citizen_id = await mandates.find_without_phone(tx, number)
    if citizen_id is None:
        raise Refused("not_found")
    return citizen_id


async def request_erasure_by_command(
    tx: Transaction, citizen_id: UUID, wait: timedelta, at: datetime, *, by: str, reason: str
) -> Erasure:
    """Request the erasure of an account for its citizen, with an audit entry.

    Raises:
        Refused: the id is not a citizen's.
    """
    erasure = await request_erasure(tx, citizen_id, wait, at)
    await record_action(tx, actor=by, action=f"request erasure: {reason}", subject=str(citizen_id))
    return erasure


async def read_erasure(tx: Transaction, citizen_id: UUID) -> Erasure:
    """Read the erasure of an account.

    Raises:
        Refused: none was requested.
    """
    erasure = await queries.read_erasure(tx, citizen_id)
    if erasure is None:
        raise Refused("erasure_not_requested")
    return erasure


async def cancel_erasure(tx: Transaction, citizen_id: UUID) -> None:
    """Cancel the erasure of an account, and tell the citizen by SMS.

    Raises:
        Refused: no erasure was requested, or the account is closed.
    """
    erasure = await queries.delete_erasure(tx, citizen_id)  # first, as `carry_out` locks them
    if erasure is None:
        raise Refused("erasure_not_requested")
    citizen = await citizens.lock_citizen(tx, citizen_id)
    await outbox.add(tx, rules.notices_of(citizen, erasure, "erasure_cancelled"))


async def is_requested(tx: Transaction, citizen_id: UUID) -> bool:
    """Return whether the erasure of an account was requested, and not cancelled since."""
    return await queries.read_erasure(tx, citizen_id) is not None


async def take_up(tx: Transaction, citizen_id: UUID, requested_at: datetime, on: date) -> None:
    """Store an erasure again that a database has lost; it is due at the end of the day."""
    await queries.insert_erasure(tx, Erasure(citizen_id, requested_at, end_of_day(on)))


async def take_back(tx: Transaction, citizen_id: UUID) -> None:
    """Cancel an erasure again that came back with a database; the citizen was told before."""
    await queries.delete_erasure(tx, citizen_id)


async def carry_out(tx: Transaction, at: datetime) -> int:
    """Take the next step of due erasures, some at a time; return how many.

    A due account is closed: its sessions end, and identity deletes what it has of the citizen. Once
    no token of it is accepted anywhere, the other services are told to delete.
    """
    due = await queries.close_due(tx, at, _AT_ONCE)
    for citizen_id in due:
        await _close(tx, citizen_id, at)
    closed = await queries.announce_closed(tx, at, at - CLOSING, _AT_ONCE)
    await outbox.add(
        tx, [CitizenErased(citizen_id=citizen_id, occurred_at=at) for citizen_id in closed]
    )
    return len(due) + len(closed)


async def forget_unconsented(tx: Transaction, at: datetime) -> int:
    """Delete what old requests have of people who did not agree, some at a time; return how many.

    An account that was made for such a request is erased like any other.
    """
    count, accounts = await mandates.forget_unconsented(tx, at - UNCONSENTED_KEPT, _AT_ONCE)
    for citizen_id in accounts:
        await queries.insert_erasure(tx, Erasure(citizen_id, requested_at=at, due_at=at))
    return count


async def record_confirmations(
    tx: Transaction, confirmations: Sequence[ErasureConfirmed], at: datetime
) -> None:
    """Store the services' confirmations; an erasure is complete when all have confirmed."""
    citizen_ids = {erasure_confirmed.citizen_id for erasure_confirmed in confirmations}
    await queries.lock_erasures(tx, citizen_ids)
    for erasure_confirmed in confirmations:
        service = topic_of(erasure_confirmed).writer
        await queries.insert_confirmation(
            tx,
            erasure_confirmed.citizen_id,
            service,
            at,
            erasure_confirmed.deleted,
            erasure_confirmed.kept,
        )
    await queries.complete(tx, citizen_ids, rules.CONFIRMING, at)


async def read_unconfirmed(tx: Transaction, announced_before: datetime) -> list[OpenErasure]:
    """Return erasures announced before a time that a service has not confirmed."""
    return await queries.read_unconfirmed(
        tx, announced_before, rules.CONFIRMING, limit=_SHOWN_AT_MOST
    )


async def _close(tx: Transaction, citizen_id: UUID, at: datetime) -> None:
    """Delete the data of a citizen in identity, and end the sessions."""
    citizen = await citizens.lock_citizen(tx, citizen_id)
    change = await phones.delete_change(tx, citizen_id)
    both = (citizen.phone, change.phone if change else None)
    numbers = [number for number in both if number]
    await codes.delete_challenges(tx, numbers)
    await sessions.end_sessions(tx, citizen_id)
    await sessions.delete_sessions(tx, citizen_id)
    await erase_all(tx, _ERASE_FUNCTIONS, citizen_id, at)
    await delete_records(tx, [citizen_id], numbers=numbers)
    await citizens.delete_citizen(tx, citizen_id)
