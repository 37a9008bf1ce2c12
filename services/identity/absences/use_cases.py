"""Absences recorded, ended and read."""

from datetime import date, datetime
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.absences import (
    AbsenceRecorded,
    AbsencesPage,
    AbsenceView,
    Colleague,
    RecordAbsence,
)
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.two_people import use_cases as two_people
from libs.two_people.rules import Act
from libs.web.callers.tokens import Staff as Caller
from services.identity.absences import queries, rules
from services.identity.absences.rules import Absence, AbsenceAct
from services.identity.duties.use_cases import OFFICERS_CHANGED
from services.identity.qualifications import use_cases as qualifications
from services.identity.staff import use_cases as staff
from services.identity.staff.rules import Staff

_PROGRAMME = frozenset({"programme"})


async def record(
    tx: Transaction, wanted: RecordAbsence, by: Caller, at: datetime
) -> AbsenceRecorded:
    """Record an absence of the caller, or propose one of another officer.

    What somebody of the programme proposes waits for a second person. A repeat of that returns the
    one that waits.

    Raises:
        Refused: another officer's is for the programme; or as `_insert`.
    """
    officer_id = wanted.officer_id or by.staff_id
    if officer_id != by.staff_id:
        by.check_role(_PROGRAMME)
    username = await staff.find_username(tx, officer_id, "officer")
    deputy = await staff.find_username(tx, wanted.deputy_id, "officer")
    if officer_id == by.staff_id:
        absence = await _insert(tx, username, deputy, (wanted.since, wanted.until), at)
        await record_action(
            tx,
            actor=by.actor,
            action=f"absence {wanted.since} to {wanted.until}, deputy {deputy}",
            subject=username,
            detail=wanted.reason,
        )
        return AbsenceRecorded(absence_id=absence.absence_id)
    rules.check_days(wanted.since, wanted.until, dhaka_date(at))
    officer, _ = await _lock_both(tx, username, deputy, wanted.until, at)
    proposed = AbsenceAct(username, officer.office_id or "", deputy, wanted.since, wanted.until)
    act = Act(new_id(), proposed.subject, proposed.kind, wanted.reason, by.staff_id, at)
    waiting = await two_people.propose(tx, act)
    if waiting is act:
        await record_action(tx, actor=by.actor, action=f"propose {act.kind}", subject=act.subject)
    return AbsenceRecorded(proposal_id=waiting.act_id)


async def carry_out(tx: Transaction, approved: AbsenceAct, by: UUID, at: datetime) -> None:
    """Record an absence, as two people of the programme have decided.

    Raises:
        Refused: one of both is who approves, or the officer works elsewhere now; or as `_insert`.
    """
    days = (approved.since, approved.until)
    absence = await _insert(tx, approved.username, approved.deputy, days, at)
    if by in {absence.staff_id, absence.deputy_id}:
        raise Refused("own_account")
    if absence.office_id != approved.office_id:
        raise Refused("officer_moved")


async def end(tx: Transaction, absence_id: UUID, by: Caller) -> None:
    """End an absence now, since the officer is back or needs another deputy.

    Raises:
        Refused: there is none, or it is another officer's and the caller not of the programme.
    """
    absence = await queries.find_absence(tx, absence_id)
    is_mine = absence is not None and absence.staff_id == by.staff_id
    if absence is None or not (is_mine or by.roles & _PROGRAMME):
        raise Refused("not_found")
    username = await staff.find_username(tx, absence.staff_id)
    await queries.delete_absence(tx, absence_id)
    action = f"end absence {absence.since} to {absence.until}"
    await record_action(tx, actor=by.actor, action=action, subject=username)
    tx.notify_on_commit(OFFICERS_CHANGED)


async def leave_office(tx: Transaction, staff_id: UUID) -> None:
    """End the absences of an officer who goes to another office, and is a deputy no more."""
    await queries.leave_office(tx, staff_id)
    tx.notify_on_commit(OFFICERS_CHANGED)


async def read(tx: Transaction, officer_id: UUID | None, by: Caller, at: datetime) -> AbsencesPage:
    """Return the absences of an officer that have not ended, and which colleagues can stand in.

    Raises:
        Refused: it is another officer and the caller not of the programme, or there is none.
    """
    officer_id = officer_id or by.staff_id
    if officer_id != by.staff_id:
        by.check_role(_PROGRAMME)
    today = dhaka_date(at)
    officer = (await staff.find_people(tx, [officer_id])).get(officer_id)
    if officer is None:
        raise Refused("not_found")
    found = await queries.read_absences(tx, [officer_id], today)
    people = await staff.find_people(
        tx, {who for absence in found for who in (absence.staff_id, absence.deputy_id)}
    )
    at_office = await staff.read_officers_at(tx, officer.office_id, at) if officer.office_id else {}
    own: list[AbsenceView] = []
    others: list[AbsenceView] = []
    for absence in found:
        deputy = people[absence.deputy_id]
        view = AbsenceView(
            absence_id=absence.absence_id,
            officer=people[absence.staff_id].username,
            deputy=deputy.username,
            since=absence.since,
            until=absence.until,
            state=absence.state_on(today),
            deputy_acts=not absence.deputy_left
            and await _is_fit(tx, deputy, absence.office_id, today, at),
        )
        (own if absence.staff_id == officer_id else others).append(view)
    colleagues = [
        Colleague(officer_id=staff_id, username=username)
        for staff_id, username in at_office.items()
        if staff_id != officer_id
    ]
    return AbsencesPage(own=own, stands_in=others, colleagues=colleagues)


async def _insert(
    tx: Transaction, username: str, deputy: str, days: tuple[date, date], at: datetime
) -> Absence:
    """Store an absence.

    Raises:
        Refused: the days are none of an absence, the officer has no office or works no more, the
            colleague cannot stand in, or one of both is not free in these days.
    """
    since, until = days
    rules.check_days(since, until, dhaka_date(at))
    officer, colleague = await _lock_both(tx, username, deputy, until, at)
    both = (officer.staff_id, colleague.staff_id)
    rules.check_free(*both, await queries.read_absences(tx, both, since, until))
    absence = Absence(
        new_id(), officer.staff_id, officer.office_id or "", colleague.staff_id, since, until
    )
    await queries.insert_absence(tx, absence, at)
    tx.notify_on_commit(OFFICERS_CHANGED)
    return absence


async def _lock_both(
    tx: Transaction, username: str, deputy: str, until: date, at: datetime
) -> tuple[Staff, Staff]:
    """Lock who is away and who stands in, always in the same order, and check both.

    Raises:
        Refused: the officer has no office or works no more, or the colleague cannot stand in.
    """
    locked = {name: await staff.find_account(tx, name) for name in sorted({username, deputy})}
    officer, colleague = locked[username], locked[deputy]
    if officer.office_id is None or not officer.works_as("officer", at):
        raise Refused("office_unknown")
    if username == deputy or not await _is_fit(tx, colleague, officer.office_id, until, at):
        raise Refused("deputy_unfit", pointer="/deputy_id")
    return officer, colleague


async def _is_fit(tx: Transaction, deputy: Staff, office_id: str, on: date, at: datetime) -> bool:
    """Return whether an officer works at an office now, and is qualified on a day."""
    if deputy.office_id != office_id or not deputy.works_as("officer", at):
        return False
    try:
        await qualifications.check_officer(tx, deputy.staff_id, on)
    except Refused:
        return False
    return True
