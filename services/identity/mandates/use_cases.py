"""Mandates read, ended, used and listed; the consent is asked for in `consents`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import DHAKA
from libs.bangladesh.text import ascii_digits, normalise
from libs.contracts.applications import MandateUsed
from libs.contracts.centres import PutCentre
from libs.contracts.identity import (
    ComplaintMade,
    MandateEnded,
    MandateMessageRequested,
    NoticeRequested,
)
from libs.contracts.lists import ListQuery
from libs.contracts.mandates import (
    Complain,
    ComplaintList,
    DayAccount,
    EndReason,
    MandateList,
    MandateNotice,
    MandateView,
    RevokedMandate,
    number_mark,
)
from libs.contracts.programme import AreaStageChanged
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.reading.batch import Batch
from libs.messaging.writing import outbox
from libs.trace_context import TraceContext
from libs.two_people.rules import Act
from services.identity.areas import use_cases as areas
from services.identity.centres import use_cases as centres
from services.identity.centres.rules import Centre, Device
from services.identity.citizens import use_cases as citizens
from services.identity.citizens.rules import SilencePolicy
from services.identity.codes import use_cases as codes
from services.identity.flags import use_cases as flags
from services.identity.mandates import queries, rules
from services.identity.mandates.rules import Mandate, Names
from services.identity.staff import use_cases as staff
from services.identity.uddoktas import use_cases as uddoktas

_DAY: Final = timedelta(days=1)
_AT_ONCE: Final = 500  # so that no transaction is long
_SINCE: Final = timedelta(days=3650)
_WITHDRAWAL: Final = "/v1/applications/{tracking_number}/withdrawal"


async def find_own(tx: Transaction, mandate_id: UUID, uddokta_id: UUID) -> Mandate:
    """Return a mandate of an uddokta, locked.

    Raises:
        Refused: the uddokta has no such mandate.
    """
    mandate = await queries.lock_mandate(tx, mandate_id)
    if mandate is None or mandate.uddokta_id != uddokta_id:
        raise Refused("not_found")
    return mandate


async def read_for_token(
    tx: Transaction, mandate_id: UUID, uddokta_id: UUID, device: Device
) -> Mandate:
    """Return a mandate for which a token is asked on the device where it was requested.

    Raises:
        Refused: the uddokta has no such mandate or may not help any more, the centre does not run
            (which stops no correction), or the device is another one.
    """
    uddokta = await uddoktas.read_uddokta(tx, uddokta_id)
    mandate = await find_own(tx, mandate_id, uddokta_id)
    if mandate.corrects is None:
        (await centres.read_centre(tx, uddokta.service_centre_id)).check_running()
    uddokta.check_may_help(mandate.requested_at)
    if device.service_centre_id != mandate.service_centre_id:
        raise Refused("device_unknown")
    return mandate


async def mark_number(tx: Transaction, mandate: Mandate) -> str | None:
    """Return the mark of the number for which a citizen consented; None on her own phone."""
    if mandate.consent == "own_phone":
        return None
    citizen = await citizens.find_citizen(tx, mandate.citizen_id)
    if citizen is None:
        return None
    if citizen.nid:
        return number_mark(mandate.mandate_id, "nid", citizen.nid)
    number = citizen.birth_registration_number
    return number_mark(mandate.mandate_id, "birth", number) if number else None


async def revoke(
    tx: Transaction, mandate_id: UUID, citizen_id: UUID, silence: SilencePolicy, at: datetime
) -> RevokedMandate:
    """Stop a mandate, and the follow-up of its application; a repeat changes nothing.

    The right is that of the application's mandate, also where a correction was sent with this one.
    The mandate is the citizen's, or one for which the citizen's phone consented.

    If the application was sent before, the answer says so and where it can be withdrawn. If that is
    not known here yet, the citizen is told by SMS when it is.

    Raises:
        Refused: the citizen has no such mandate.
    """
    mandate = await _own_of_citizen(tx, mandate_id, citizen_id, silence, at)
    ended = rules.end(mandate, at)
    await queries.update_mandate(tx, ended)
    await announce_closing(tx, mandate, ended)
    over = [mandate_id]
    if ended.corrects and ended.used_at:
        over.append(ended.corrects)
    await queries.save_follow_up_end(tx, over, at)
    await outbox.add(
        tx,
        [MandateEnded(mandate_id=ended_id, reason="revoked", occurred_at=at) for ended_id in over],
    )
    view = rules.view(ended, await queries.read_names(tx, ended), citizen_id)
    is_withdrawable = ended.used_at is not None and not view.for_another
    number = ended.tracking_number if is_withdrawable else None
    return RevokedMandate(
        **view.model_dump(),
        withdraw_at=_WITHDRAWAL.format(tracking_number=number) if number else None,
    )


async def announce_closing(
    tx: Transaction,
    before: Mandate,
    after: Mandate,
    reason: EndReason = "revoked",
    trace: TraceContext | None = None,
) -> None:
    """Announce how a mandate to apply ended and what it cost, if it is over by a change."""
    if not rules.is_closed_by(before, after):
        return
    area = await centres.read_area(tx, after.service_centre_id)
    closed = rules.closing_of(after, area, reason)
    await outbox.add(tx, [closed.in_trace(trace) if trace else closed])


async def end_all(  # noqa: PLR0913
    tx: Transaction,
    at: datetime,
    reason: EndReason,
    *,
    uddokta_id: UUID | None = None,
    service_centre_id: str | None = None,
    citizen_id: UUID | None = None,
    phone: str | None = None,
) -> None:
    """End the open mandates of an uddokta, a citizen or a phone, or those of a centre to apply.

    The citizens are told, unless it was the citizen or the owner of the phone who wanted it.
    """
    while True:
        open_ones = await queries.lock_open(
            tx,
            uddokta_id=uddokta_id,
            service_centre_id=service_centre_id,
            citizen_id=citizen_id,
            phone=phone,
            limit=_AT_ONCE,
        )
        for mandate in open_ones:
            ended = rules.end(mandate, at)
            await queries.update_mandate(tx, ended)
            await outbox.add(
                tx,
                [MandateEnded(mandate_id=ended.mandate_id, reason=reason, occurred_at=at)],
            )
            await announce_closing(tx, mandate, ended, reason)
            if citizen_id is None and phone is None:
                await outbox.add(tx, await _notices_of(tx, ended, "mandate_ended_by_us"))
        if len(open_ones) < _AT_ONCE:
            return


async def forget_phone(tx: Transaction, phone: str, at: datetime) -> int:
    """Delete a number from all mandates, also where it consented for others; return how many.

    What was sent with them stays, and its uddokta still tells the citizen the news. An open mandate
    ends: nobody could be asked for the consent, or told of the use.
    """
    await end_all(tx, at, "expired", phone=phone)
    return await queries.delete_phone(tx, phone)


async def forget_unconsented(
    tx: Transaction, before: datetime, limit: int
) -> tuple[int, Sequence[UUID]]:
    """Delete numbers and initials from requests before a time to which nobody agreed.

    Returns:
        From how many, and the accounts without a phone that were made for them alone.
    """
    citizen_ids = await queries.forget_unconsented(tx, before, limit)
    return len(citizen_ids), await queries.find_never_consented(tx, set(citizen_ids), before)


async def expire(tx: Transaction, at: datetime) -> int:
    """End a batch of mandates whose time is over; return how many."""
    due = await queries.lock_open(tx, expired_at=at, limit=_AT_ONCE)
    for mandate in due:
        ended = rules.as_of(mandate, at)
        await queries.update_mandate(tx, ended)
        over = MandateEnded(mandate_id=mandate.mandate_id, reason="expired", occurred_at=at)
        await outbox.add(tx, [over])
        await announce_closing(tx, mandate, ended)
    return len(due)


async def record_uses(tx: Transaction, batch: Batch[MandateUsed]) -> None:
    """Store the applications that were sent with mandates; announce notices for who consented.

    A use that came before an end wins, and the citizen is told that it did.
    """
    for used in batch.events:
        mandate = await queries.lock_mandate(tx, used.mandate_id)
        if mandate is None:
            batch.refuse(used, Refused("unknown_key", "no such mandate"))
            continue
        try:
            after = rules.use(mandate, used)
        except Refused as refusal:
            batch.refuse(used, refusal)
            continue
        if mandate.state == "used":
            continue
        await queries.update_mandate(tx, after)
        was_stopped = mandate.state == "revoked"
        notice: MandateNotice = "mandate_used_before_end" if was_stopped else "mandate_used"
        notices = await _notices_of(tx, after, notice)
        if after.changes:
            await flags.raise_flag(tx, "applicant_changed", after, used.occurred_at)
        if after.is_appeal or (after.corrects is not None and after.consent == "own_phone"):
            notices = []  # applications announces these itself, an objection to another's phone too
        await outbox.add(tx, [event.in_trace(used.trace) for event in notices])
        await announce_closing(tx, mandate, after, trace=used.trace)


async def _notices_of(
    tx: Transaction, mandate: Mandate, notice: MandateNotice
) -> list[MandateMessageRequested]:
    """Return the event that informs who consented; it says whose number that is, if another's."""
    phone_of = None
    if mandate.phone and mandate.consent in rules.PHONES_OF_OTHERS:
        phone_of = await citizens.find_by_phone(tx, mandate.phone)
    return rules.notices_of(mandate, await queries.read_names(tx, mandate), notice, phone_of)


async def complain(
    tx: Transaction,
    mandate_id: UUID,
    citizen_id: UUID,
    said: Complain,
    silence: SilencePolicy,
    at: datetime,
) -> MandateView:
    """Store a complaint about the help with an application, for the programme's staff.

    A repeat in the same words changes nothing, but for the grievance in which these words are
    answered. Each kind is announced once, without the words.

    Raises:
        Refused: the citizen has no such mandate.
    """
    await citizens.lock_citizen(tx, citizen_id)  # so that an erasure leaves none behind
    mandate = await _own_of_citizen(tx, mandate_id, citizen_id, silence, at)
    before = await queries.read_complaints(tx, mandate_id)
    same = (citizen_id, said.text, said.kind)
    known = {(each.citizen_id, each.text, each.kind): each.complaint_id for each in before}
    complaint_id = known.get(same) or new_id()
    if same not in known:
        mandate = replace(mandate, complained_at=at)
        await queries.insert_complaint(tx, complaint_id, mandate_id, citizen_id, said, at)
        await queries.update_mandate(tx, mandate)
        await flags.raise_flag(tx, "complaint", mandate, at)
    if said.grievance is not None:
        await queries.save_grievance(tx, complaint_id, said.grievance)
    if said.kind not in {complaint.kind for complaint in before}:
        # Its id is not derived from the mandate: nobody finds the application by it.
        announced = ComplaintMade(
            service_centre_id=mandate.service_centre_id,
            area=await centres.read_area(tx, mandate.service_centre_id),
            public_service_id=mandate.public_service_id,
            kind=said.kind,
            occurred_at=at,
        )
        await outbox.add(tx, [announced])
    view = rules.view(mandate, await queries.read_names(tx, mandate), citizen_id)
    return (await _with_answers(tx, [view], citizen_id))[0]


async def read_complaints(tx: Transaction, mandate_id: UUID, *, by: str) -> ComplaintList:
    """Return the complaints about a mandate, and record who has read them."""
    await record_action(tx, actor=by, action="read complaints", subject=str(mandate_id))
    found = await queries.read_complaints(tx, mandate_id)
    return ComplaintList(
        items=[complaint.text for complaint in found],
        kinds=[complaint.kind for complaint in found],
        answers=[complaint.answer for complaint in found],
        grievances=[complaint.grievance for complaint in found],
    )


async def answer_complaints(
    tx: Transaction, mandate_id: UUID, answer: str | None, at: datetime
) -> None:
    """Answer the complaints about a mandate that have no answer; whoever complained gets an SMS.

    Those that are answered in a grievance may be answered here as well.

    Raises:
        Refused: one needs an answer, and there is none.
    """
    complaints = await queries.read_complaints(tx, mandate_id)
    waiting = [complaint for complaint in complaints if complaint.answered_at is None]
    if answer is None:
        if any(complaint.grievance is None for complaint in waiting):
            raise Refused("complaint_answer_missing", pointer="/answer")
        return
    for complaint in waiting:
        await queries.save_answer(tx, complaint.complaint_id, answer, at)
    for citizen_id in {complaint.citizen_id for complaint in waiting}:
        citizen = await citizens.find_citizen(tx, citizen_id)
        if citizen is not None and citizen.phone is not None:
            told = NoticeRequested(
                citizen_id=citizen_id,
                phone=citizen.phone,
                language=citizen.language,
                notice="complaint_answered",
            )
            await outbox.add(tx, [told])


async def _with_answers(
    tx: Transaction, views: list[MandateView], citizen_id: UUID
) -> list[MandateView]:
    """Return mandates with what the citizen complained about, and the answers."""
    ids = [view.mandate_id for view in views if view.complained]
    found = await queries.read_complaints_of(tx, ids, citizen_id) if ids else []
    answers = {each.mandate_id: each.answer for each in found if each.answer is not None}
    numbers = {each.mandate_id: each.grievance for each in found if each.grievance is not None}
    return [
        view.model_copy(
            update={
                "complaints": [each.text for each in found if each.mandate_id == view.mandate_id],
                "complaint_answer": answers.get(view.mandate_id),
                "grievance": numbers.get(view.mandate_id),
            }
        )
        for view in views
    ]


async def list_of_citizen(
    tx: Transaction, citizen_id: UUID, query: ListQuery, silence: SilencePolicy, at: datetime
) -> MandateList:
    """Return the mandates of a citizen with helper, service and price, the newest first.

    Among them are others, by their initials, for whom the citizen's phone was asked to consent: not
    from so long ago that somebody else may have had the number.
    """
    citizen = await citizens.find_citizen(tx, citizen_id)
    found = await queries.list_mandates(
        tx,
        citizen_id=citizen_id,
        phone=citizen.phone if citizen else None,
        phone_since=at - silence.silent_after,
        since=at - _SINCE,
        after=query.after,
        limit=query.one_more,
    )
    listed = _list(found, query, at, citizen_id)
    return MandateList(items=await _with_answers(tx, listed.items, citizen_id), next=listed.next)


async def list_of_uddokta(
    tx: Transaction, uddokta_id: UUID, query: ListQuery, at: datetime
) -> MandateList:
    """Return the mandates of an uddokta in the last two days, the newest first."""
    found = await queries.list_mandates(
        tx, uddokta_id=uddokta_id, since=at - 2 * _DAY, after=query.after, limit=query.one_more
    )
    return _list(found, query, at)


async def read_own(
    tx: Transaction, mandate_id: UUID, uddokta_id: UUID, at: datetime
) -> MandateView:
    """Return a mandate of an uddokta, or one whose news the uddokta tells for another one.

    Raises:
        Refused: the uddokta has no such mandate.
    """
    mandate = await queries.lock_mandate(tx, mandate_id)
    if mandate is None or not (
        mandate.uddokta_id == uddokta_id or await is_left_to(tx, mandate, uddokta_id, at)
    ):
        raise Refused("not_found")
    mandate = rules.as_of(mandate, at)
    return rules.view(mandate, await queries.read_names(tx, mandate))


async def is_left_to(tx: Transaction, mandate: Mandate, uddokta_id: UUID, at: datetime) -> bool:
    """Whether an uddokta may have to tell the news for one who left the centre or was stopped.

    They are of a citizen without a phone, whose application was sent at the uddokta's centre.
    """
    return mandate.consent != "own_phone" and await stands_in(tx, mandate, uddokta_id, at)


async def stands_in(tx: Transaction, mandate: Mandate, uddokta_id: UUID, at: datetime) -> bool:
    """Whether an uddokta works where an application was sent by one who left or was stopped.

    So counts who has no licence any more.
    """
    if mandate.state != "used":
        return False
    reader = await uddoktas.read_uddokta(tx, uddokta_id)
    before = await uddoktas.read_uddokta(tx, mandate.uddokta_id)
    is_here = reader.service_centre_id == mandate.service_centre_id
    has_left = (
        before.state != "active"
        or not before.is_licensed(at)
        or before.service_centre_id != mandate.service_centre_id
    )
    return is_here and reader.state == "active" and has_left


async def read_account(tx: Transaction, uddokta_id: UUID, day: date) -> DayAccount:
    """Return the money that an uddokta has taken for mandates of a day in Dhaka."""
    begin = datetime(day.year, day.month, day.day, tzinfo=DHAKA)
    found = await queries.list_mandates(
        tx, uddokta_id=uddokta_id, since=begin, before=begin + _DAY, limit=10_000
    )
    used = [
        rules.view(mandate, names)
        for mandate, names in found
        if mandate.state == "used" and mandate.corrects is None
    ]
    fees_bdt = sum(mandate.fee_bdt for mandate in used)
    told_fees_bdt = sum(
        mandate.fee_bdt for mandate in used if mandate.fee_basis == "told_by_office"
    )
    charges_bdt = sum(mandate.charge_bdt for mandate in used)
    return DayAccount(
        day=day,
        used=len(used),
        fees_bdt=fees_bdt,
        told_fees_bdt=told_fees_bdt,
        charges_bdt=charges_bdt,
        total_bdt=fees_bdt + charges_bdt,
        items=used,
    )


async def find_without_phone(tx: Transaction, number: str) -> UUID | None:
    """Return the account of a citizen without a phone, by her NID or birth registration number."""
    return await queries.find_citizen_with(tx, _digits(number))


async def give_phone(  # noqa: PLR0913
    tx: Transaction,
    number: str,
    phone: str,
    silence: SilencePolicy,
    at: datetime,
    *,
    by: str,
    proof: str,
) -> UUID:
    """Give the account of a citizen without a phone a number of her own; return its id.

    She logs in with it from now on, and sees everything that was done in her name. An account that
    the number had is set aside.

    Args:
        tx: the open transaction.
        number: her NID or birth registration number.
        phone: her number, in E.164.
        silence: how numbers set aside are stored.
        at: the current time.
        by: the operator.
        proof: what she showed, without personal data.

    Raises:
        Refused: nobody without a phone has this NID or birth registration number, or the phone is
            an uddokta's.
    """
    found = await queries.find_without_phone(tx, _digits(number))
    if found is None:
        raise Refused("account_not_set_aside")
    if await uddoktas.is_phone_of_uddokta(tx, phone):
        raise Refused("phone_of_helper")
    other_id = await citizens.find_by_phone(tx, phone)
    if other_id is not None:
        await citizens.set_aside(tx, await citizens.lock_citizen(tx, other_id), silence, at)
    citizen = await citizens.lock_citizen(tx, found.citizen_id)
    await citizens.move_to_phone(tx, citizen, phone, at)
    await codes.assign_phone(tx, phone, citizen.citizen_id)
    await queries.delete_without_phone(tx, citizen.citizen_id)
    await record_action(
        tx, actor=by, action=f"give phone: {proof}", subject=str(citizen.citizen_id)
    )
    return citizen.citizen_id


def _digits(number: str) -> str:
    """Return a number as it is on papers, without blanks and hyphens."""
    return ascii_digits(normalise(number)).translate({ord(mark): None for mark in " -"})


def _list(
    found: Sequence[tuple[Mandate, Names]],
    query: ListQuery,
    at: datetime,
    citizen_id: UUID | None = None,
) -> MandateList:
    page, following = query.page(found, lambda pair: pair[0].mandate_id)
    items = [rules.view(rules.as_of(mandate, at), names, citizen_id) for mandate, names in page]
    return MandateList(items=items, next=following)


async def _own_of_citizen(
    tx: Transaction, mandate_id: UUID, citizen_id: UUID, silence: SilencePolicy, at: datetime
) -> Mandate:
    """Return a mandate of a citizen, or one for which the citizen's phone consented; locked.

    Raises:
        Refused: it is neither.
    """
    mandate = await queries.lock_mandate(tx, mandate_id)
    if mandate is None:
        raise Refused("not_found")
    if mandate.citizen_id == citizen_id:
        return mandate
    citizen = await citizens.find_citizen(tx, citizen_id)
    is_of_phone = mandate.consent in rules.PHONES_OF_OTHERS and mandate.phone
    if citizen is None or not is_of_phone or citizen.phone != mandate.phone:
        raise Refused("not_found")
    if mandate.requested_at < at - silence.silent_after:
        raise Refused("not_found")
    return mandate


async def put_centre(
    tx: Transaction, service_centre_id: str, body: PutCentre, *, by: str, at: datetime
) -> Centre:
    """Create a centre, or change it; the open mandates of one that stops end.

    Raises:
        Refused: as `centres.put_centre`.
    """
    centre = await centres.put_centre(tx, service_centre_id, body, by=by)
    if centre.state_now != "running":
        await end_all(tx, at, "centre_stopped", service_centre_id=service_centre_id)
    return centre


async def follow_areas(tx: Transaction, changes: Sequence[AreaStageChanged], at: datetime) -> None:
    """Let centres run or stop with their areas; the open mandates of those that stop end."""
    changed = await areas.save(tx, changes)
    for centre in await centres.follow_areas(tx, changed):
        await end_all(tx, at, "centre_stopped", service_centre_id=centre.service_centre_id)


async def disable_account(tx: Transaction, username: str, *, by: str, at: datetime) -> None:
    """Disable an account; an uddokta's is announced as suspended, and its open mandates end.

    Raises:
        Refused: there is no such account.
    """
    await staff.disable_staff(tx, username, by=by)
    uddokta_id = await uddoktas.suspend_disabled(tx, username)
    if uddokta_id is not None:
        await end_all(tx, at, "uddokta_stopped", uddokta_id=uddokta_id)


async def approve_sanction(
    tx: Transaction, uddokta_id: UUID, sanction_id: UUID, by: UUID, at: datetime
) -> Act:
    """Put a sanction into force that another person proposed; the uddokta's open mandates end.

    Raises:
        Refused: as `uddoktas.approve_sanction`.
    """
    sanction = await uddoktas.approve_sanction(tx, uddokta_id, sanction_id, by, at)
    if sanction.kind != "reinstatement":
        await end_all(tx, at, "uddokta_stopped", uddokta_id=uddokta_id)
    return sanction
