"""Finds the accounts and numbers that a restored database lost, and takes them up again."""

from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.identity import (
    CitizenErased,
    ContactChanged,
    ContactRemoved,
    Notice,
    NoticeRequested,
)
from libs.database.transaction import Transaction
from libs.messaging.reading.received_record import ReceivedRecord
from services.identity.citizens import use_cases as citizens
from services.identity.citizens.rules import Citizen, SilencePolicy
from services.identity.erasure import use_cases as erasure
from services.identity.phones import use_cases as phones

Outcome = Literal[
    "known", "taken_up", "number_changed", "set_aside", "number_taken", "erased_since",
    "erasure_requested", "erasure_cancelled", "change_over",
]  # fmt: skip

_WISHES: Final[Mapping[Notice, Outcome]] = {
    "erasure_requested": "erasure_requested",
    "erasure_cancelled": "erasure_cancelled",
    "phone_change_cancelled": "change_over",
    "phone_changed": "change_over",
}
"""What the notices say that a citizen wanted; a change of number can be asked for again."""


class TakenUp(NamedTuple):
    """The outcome for one account.

    `number_taken`: somebody else has its number now. `erased_since`: its erasure was lost.
    `change_over`: a change of number that came back was cancelled, or made.
    """

    citizen_id: UUID
    outcome: Outcome


@dataclass(slots=True)
class Written:
    """The newest contact of each citizen in the topics, who was erased, and what citizens wanted.

    Of the notices to a citizen the newest about an erasure counts, and the newest about a number.
    """

    contacts: dict[UUID, ContactChanged] = field(default_factory=dict)
    without_number: set[UUID] = field(default_factory=set)
    erased: set[UUID] = field(default_factory=set)
    notices: dict[tuple[UUID, bool], NoticeRequested] = field(default_factory=dict)

    def not_erased(self) -> list[ContactChanged]:
        """Return the contacts of citizens who were not erased since."""
        return [contact for key, contact in self.contacts.items() if key not in self.erased]


async def read_written(records: AsyncIterable[ReceivedRecord]) -> Written:
    """Return the records that identity wrote about citizens; those of a citizen are in order."""
    written = Written()
    async for record in records:
        match record.event:
            case ContactChanged() as contact:
                written.contacts[contact.citizen_id] = contact
                written.without_number.discard(contact.citizen_id)
            case ContactRemoved() as removed:
                written.contacts.pop(removed.citizen_id, None)
                written.without_number.add(removed.citizen_id)
            case CitizenErased() as erased:
                written.erased.add(erased.citizen_id)
            case NoticeRequested() as told if told.notice != "complaint_answered":
                is_of_erasure = told.notice.startswith("erasure")
                written.notices[told.citizen_id, is_of_erasure] = told
            case _:
                pass
    return written


async def take_up(
    tx: Transaction, contact: ContactChanged, left: set[str], *, at: datetime, dry_run: bool
) -> TakenUp:
    """Let a citizen have the account and the number that the topics have, and announce it again.

    Args:
        tx: the transaction.
        contact: the citizen's newest one.
        left: numbers that accounts have left for others; changed here.
        at: the current time.
        dry_run: store nothing.
    """
    citizen_id = contact.citizen_id
    account = await citizens.find_citizen(tx, citizen_id)
    if account is not None and account.phone == contact.phone:
        return TakenUp(citizen_id, "known")
    is_left = dry_run and contact.phone in left
    if not is_left and await citizens.find_by_phone(tx, contact.phone) is not None:
        return TakenUp(citizen_id, "number_taken")
    left.discard(contact.phone)
    if account is not None and account.phone:
        left.add(account.phone)
    if not dry_run and account is None:
        citizen = Citizen(citizen_id, contact.phone, contact.language)
        await citizens.register_citizens(tx, [(citizen, contact.trace)], at)
    elif not dry_run and account is not None:
        await citizens.move_to_phone(tx, account, contact.phone, at)
    return TakenUp(citizen_id, "number_changed" if account else "taken_up")


async def set_aside(
    tx: Transaction,
    citizen_id: UUID,
    left: set[str],
    policy: SilencePolicy,
    *,
    at: datetime,
    dry_run: bool,
) -> TakenUp | None:
    """Take the number again from an account that had lost it; None if it has none.

    Args:
        tx: the transaction.
        citizen_id: of the account.
        left: numbers that accounts have left for others; changed here.
        policy: how numbers set aside are stored.
        at: the current time.
        dry_run: store nothing.
    """
    account = await citizens.find_citizen(tx, citizen_id)
    if account is None or account.phone is None:
        return None
    left.add(account.phone)
    if not dry_run:
        await citizens.set_aside(tx, account, policy, at)
    return TakenUp(citizen_id, "set_aside")


async def restore_decision(
    tx: Transaction, told: NoticeRequested, *, dry_run: bool
) -> TakenUp | None:
    """Restore a citizen's decision that a notice confirmed; None if the database has it.

    An erasure, its cancellation, or the cancellation of a change of number, without which somebody
    else would get the account after all.
    """
    outcome, citizen_id = _WISHES.get(told.notice), told.citizen_id
    if outcome is None or await citizens.find_citizen(tx, citizen_id) is None:
        return None
    if outcome == "change_over":
        is_lost = await phones.is_waiting(tx, citizen_id)
    else:
        is_lost = await erasure.is_requested(tx, citizen_id) != (outcome == "erasure_requested")
    if not is_lost:
        return None
    if not dry_run:
        await _let_hold(tx, told, outcome)
    return TakenUp(citizen_id, outcome)


async def _let_hold(tx: Transaction, told: NoticeRequested, outcome: Outcome) -> None:
    if outcome == "change_over":
        await phones.delete_change(tx, told.citizen_id)
    elif outcome == "erasure_cancelled":
        await erasure.take_back(tx, told.citizen_id)
    else:
        on = told.on or dhaka_date(told.occurred_at)
        await erasure.take_up(tx, told.citizen_id, told.occurred_at, on)


async def erased_since(tx: Transaction, citizen_id: UUID) -> TakenUp | None:
    """Return a citizen who was erased and is in the database; None for all others."""
    citizen = await citizens.find_citizen(tx, citizen_id)
    return TakenUp(citizen_id, "erased_since") if citizen else None
