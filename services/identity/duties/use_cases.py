"""Duties proposed, given and ended; officers announced."""

from datetime import datetime
from typing import Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.offices import GivenDuty, ProposeDuty
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.writing import outbox
from libs.two_people import use_cases as two_people
from libs.two_people.rules import Act
from services.identity.duties import queries, rules
from services.identity.duties.rules import DutyAct
from services.identity.staff import use_cases as staff

OFFICERS_CHANGED: Final = "officers_changed"
"""Notification sent on commit when an officer has got or lost a duty."""

_AT_ONCE: Final = 500


async def propose_duty(
    tx: Transaction, officer_id: UUID, wanted: ProposeDuty, by: UUID, at: datetime
) -> Act:
    """Store that an officer is to get a duty, or to lose it; a second person has to approve it.

    A repeat returns the one that waits.

    Raises:
        Refused: it is an own duty, there is no such officer, the officer has no office, or its
            last day has passed.
    """
    if officer_id == by:
        raise Refused("own_account")
    if wanted.until and wanted.until < dhaka_date(at):
        raise Refused("duty_day_passed", pointer="/until")
    username = await staff.find_username(tx, officer_id, "officer")
    account = await staff.find_account(tx, username)
    if account.office_id is None:
        raise Refused("office_unknown")
    kind = rules.kind_of(wanted.duty, is_given=wanted.is_given, until=wanted.until)
    act = Act(new_id(), rules.subject_of(username), kind, wanted.reason, by, at)
    act = rules.at_office(act, account.office_id)
    waiting = await two_people.propose(tx, act)
    if waiting is act:
        await record_action(tx, actor=f"staff:{by}", action=f"propose {kind}", subject=act.subject)
    return waiting


async def carry_out(
    tx: Transaction, approved: DutyAct, office_id: str | None, by: UUID, at: datetime
) -> None:
    """Give an officer a duty at an office, or end it at every office, as two people have decided.

    Args:
        tx: the transaction.
        approved: what they have decided.
        office_id: for which they have decided it.
        by: the second one.
        at: the current time.

    Raises:
        Refused: it is an own duty, there is no such officer any more, or the officer who is to get
            it works elsewhere now.
    """
    account = await staff.find_account(tx, approved.username)
    if account.staff_id == by:
        raise Refused("own_account")
    if account.office_id is None or not account.works_as("officer", at):
        raise Refused("account_closed")
    if approved.is_given and account.office_id != office_id:
        raise Refused("officer_moved")
    if approved.is_given:
        await queries.insert_duty(
            tx, account.staff_id, account.office_id, approved.duty, approved.until, at
        )
    else:
        await queries.delete_duty(tx, account.staff_id, approved.duty)
    tx.notify_on_commit(OFFICERS_CHANGED)


async def read_duties(tx: Transaction, officer_id: UUID, at: datetime) -> list[GivenDuty]:
    """Return the duties of an officer at the present office, those that have ended apart.

    Raises:
        Refused: there is no such officer.
    """
    username = await staff.find_username(tx, officer_id, "officer")
    account = await staff.find_account(tx, username)
    return await queries.read_duties(tx, officer_id, account.office_id or "", dhaka_date(at))


async def end_duties(tx: Transaction, officer_id: UUID) -> None:
    """End the duties of an officer at every office, since the officer goes to another one."""
    if await queries.delete_duties(tx, officer_id):
        tx.notify_on_commit(OFFICERS_CHANGED)


async def announce_officers(tx: Transaction, at: datetime) -> int:
    """Announce officers who have changed since they were announced last; return how many.

    Whoever is no officer any more has lost the duties, and gets them from two people again.
    """
    await queries.lock_announcements(tx)
    await queries.delete_duties_of_others(tx, dhaka_date(at))
    changed = await queries.read_changed_officers(tx, dhaka_date(at), _AT_ONCE)
    await queries.save_announced(tx, changed, at)
    await outbox.add(tx, [officer.event(at) for officer in changed])
    return len(changed)
