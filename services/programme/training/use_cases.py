"""Sessions set, seats taken, tests recorded, and what audiences need."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.geography import districts
from libs.bangladesh.text import Malformed
from libs.contracts.programme import Audience
from libs.contracts.training import (
    CourseView,
    CreateTraining,
    NeedView,
    OwnTraining,
    ProposeNeed,
    QualificationCheck,
    SeatView,
    TrainingDetails,
    TrainingTest,
    TrainingView,
)
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id, parse_code
from libs.messaging.writing import outbox
from libs.two_people import use_cases as two_people
from services.programme.mails import use_cases as mails
from services.programme.mails.rules import Notice
from services.programme.training import queries, rules
from services.programme.training.courses import Course, course_of, courses, find_version
from services.programme.training.rules import Qualification, Session, Test

Row = TypeVar("Row", Session, Test)

_SHOWN_BEFORE: Final = timedelta(days=30)
ActiveAmong = Callable[[Transaction, Collection[UUID]], Awaitable[set[UUID]]]

_MOST_SESSIONS: Final = 500
_MOST_ACTS: Final = 20


async def read_courses(tx: Transaction) -> list[CourseView]:
    """Return the courses, with who needs them from when on."""
    return [
        CourseView(
            course=course.course,
            version=course.version,
            name=course.name,
            audiences=list(course.audiences),
            pass_mark=course.pass_mark,
            questions=course.drawn,
            bank=len(course.questions),
            months_valid=course.months_valid,
            is_illustrative=course.status != "sourced",
            needs=await _needs(tx, course),
        )
        for course in courses().values()
    ]


async def propose_need(
    tx: Transaction, course: str, wanted: ProposeNeed, by: UUID, at: datetime
) -> NeedView:
    """Propose that an audience needs a course from a day on; a repeat returns what waits.

    Raises:
        Refused: there is no such course for the audience, or the day comes too soon.
    """
    act = rules.need_act(new_id(), course, wanted, by, at)
    return rules.need_view(await two_people.propose(tx, act))


async def approve_need(tx: Transaction, act_id: UUID, by: UUID, at: datetime) -> NeedView:
    """Decide that an audience needs a course, as another person has proposed, and announce it.

    Raises:
        Refused: there is no such proposal, the same person proposed it, it was answered before, or
            the day comes too soon by now.
    """
    subject = await two_people.read_subject(tx, act_id)
    rules.course_in(subject)
    act = await two_people.approve(tx, subject, act_id, by, at)
    need = rules.need_view(act)
    rules.check_notice(need.needed_from, dhaka_date(at))
    await outbox.add(tx, [rules.need_event(act, at)])
    await record_action(
        tx, actor=f"staff:{by}", action=f"need {act.kind}", subject=subject, detail=act.reason
    )
    return need


async def reject_need(
    tx: Transaction, act_id: UUID, by: UUID, at: datetime, because: str | None
) -> NeedView:
    """Reject a proposal and say why, or take the own one back.

    Raises:
        Refused: there is no such proposal, it was answered before, or there is no reason.
    """
    rules.course_in(await two_people.read_subject(tx, act_id))
    return rules.need_view(await two_people.reject(tx, act_id, by, at, because))


async def create_session(
    tx: Transaction, wanted: CreateTraining, *, by: str, at: datetime
) -> TrainingView:
    """Set a session.

    Raises:
        Refused: there is no such course for the audience or no such district, or the day is past.
    """
    session = Session.of(wanted, by)
    if wanted.district not in {district.code for district in districts()}:
        raise Refused("district_unknown", pointer="/district")
    if wanted.day < dhaka_date(at):
        raise Refused("session_passed", pointer="/day")
    await queries.insert_session(tx, session, by, at)
    await record_action(tx, actor=by, action="set training", subject=str(session.session_id))
    return session.view()


async def read_sessions(
    tx: Transaction, at: datetime, district: str | None = None
) -> list[Session]:
    """Return the sessions to come, then those of the last 30 days, the latest first.

    With `district`, only those that are held there.
    """
    today = dhaka_date(at)
    found = await queries.read_sessions(tx, today - _SHOWN_BEFORE, district, _MOST_SESSIONS)
    ahead = [session for session in found if session.day >= today]
    past = [session for session in reversed(found) if session.day < today]
    return [*ahead, *past]


async def read_session(tx: Transaction, session_id: UUID) -> TrainingDetails:
    """Return a session with its seats.

    Raises:
        Refused: there is no such session.
    """
    session = _found(await queries.read_session(tx, session_id))
    return TrainingDetails(
        session=session.view(),
        pass_mark=course_of(session.course).pass_mark,
        seats=await queries.read_seats(tx, session_id),
    )


async def take_seat(
    tx: Transaction,
    session_id: UUID,
    holder_id: UUID,
    audience: Audience,
    ministry: str | None,
    at: datetime,
) -> TrainingView:
    """Take a seat for oneself; a repeat changes nothing.

    Raises:
        Refused: there is no such session for the audience or the ministry, it has passed, it is
            full, or the person is its trainer.
    """
    session = _found(await queries.lock_session(tx, session_id))
    if not session.is_for(audience, ministry):
        raise Refused("course_of_others")
    if await _find_seat(tx, session_id, holder_id) is None:
        session.check_open(holder_id, dhaka_date(at))
        await queries.insert_seat(tx, session_id, holder_id, at)
    return _found(await queries.read_session(tx, session_id)).view()


async def give_seat_back(tx: Transaction, session_id: UUID, holder_id: UUID) -> None:
    """Give the own seat back; a repeat, and the seat of who has attended, change nothing.

    Raises:
        Refused: there is no such session.
    """
    _found(await queries.lock_session(tx, session_id))
    await queries.delete_seat(tx, session_id, holder_id)


async def record_attendance(
    tx: Transaction, session_id: UUID, holder_id: UUID, by: UUID, at: datetime
) -> TrainingDetails:
    """Record that somebody attended.

    Raises:
        Refused: there is no such session or seat, it lies ahead, or it is the own seat.
    """
    session = _found(await queries.lock_session(tx, session_id))
    rules.check_not_own(holder_id, by)
    session.check_day(dhaka_date(at))
    await _seat(tx, session_id, holder_id)
    await queries.save_attendance(tx, session_id, holder_id, f"staff:{by}", at)
    return await read_session(tx, session_id)


async def open_test(
    tx: Transaction, session_id: UUID, holder_id: UUID, by: UUID, at: datetime
) -> TrainingTest:
    """Draw the questions of a test for somebody who attended; a repeat returns the same test.

    It stays with the version of the course that is given now, also when a later one comes before
    it is recorded. One that was not recorded while its version was given is drawn again.

    Raises:
        Refused: there is no such session or seat, the person has not attended, or it is the own.
    """
    session = _found(await queries.lock_session(tx, session_id))
    rules.check_not_own(holder_id, by)
    if not (await _seat(tx, session_id, holder_id)).attended:
        raise Refused("not_attended")
    version = course_of(session.course).version
    test = Test(new_id(), session_id, holder_id, version)
    await queries.insert_test(tx, test, f"staff:{by}", at)
    seat = await _seat(tx, session_id, holder_id)
    opened = _found(await queries.read_test(tx, seat.test_id or test.test_id))
    if opened.right_answers is None and find_version(session.course, opened.version) is None:
        await queries.update_version(tx, opened.test_id, version)
    return await read_test(tx, opened.test_id)


async def read_test(tx: Transaction, test_id: UUID) -> TrainingTest:
    """Return a test without what is right.

    One that was recorded has no questions any more once its version of the course is gone.

    Raises:
        Refused: there is no such test, or it is open and its version is gone.
    """
    test = _found(await queries.read_test(tx, test_id))
    session = _found(await queries.read_session(tx, test.session_id))
    seat = await _seat(tx, test.session_id, test.holder_id)
    asked = find_version(session.course, test.version)
    if asked is None and test.right_answers is None:
        raise Refused("test_of_other_version")
    return TrainingTest(
        test_id=test_id,
        session_id=test.session_id,
        holder_id=test.holder_id,
        course=session.course,
        questions=rules.questions_of(test_id, asked) if asked else [],
        pass_mark=(asked or course_of(session.course)).pass_mark,
        right_answers=test.right_answers,
        number=seat.number,
    )


async def record_answers(
    tx: Transaction, test_id: UUID, answers: list[int], by: UUID, at: datetime
) -> TrainingTest:
    """Grade a test, and announce the qualification if it is passed.

    Raises:
        Refused: there is no such test, it was recorded before, an answer is missing, or whoever
            records it is the candidate.
    """
    test = _found(await queries.lock_test(tx, test_id))
    rules.check_not_own(test.holder_id, by)
    if test.right_answers is not None:
        raise Refused("test_recorded_before")
    session = _found(await queries.read_session(tx, test.session_id))
    course = test.course(session)
    right_answers = rules.graded(test_id, course, answers)
    await queries.save_result(tx, test_id, right_answers, f"staff:{by}", at)
    if right_answers >= course.pass_mark:
        qualification = Qualification.of(test, session, dhaka_date(at))
        await queries.insert_qualification(tx, qualification)
        await outbox.add(tx, [qualification.event(at)])
    await record_action(tx, actor=f"staff:{by}", action="record test", subject=str(test.holder_id))
    return await read_test(tx, test_id)


async def check_number(tx: Transaction, typed: str, at: datetime) -> QualificationCheck:
    """Return the qualification with a number, in any spelling.

    Raises:
        Refused: there is none.
    """
    try:
        number = parse_code(typed)
    except Malformed:
        raise Refused("qualification_unknown") from None
    found = await queries.find_qualification(tx, number)
    if found is None:
        raise Refused("qualification_unknown")
    return found.check(dhaka_date(at))


async def read_own(
    tx: Transaction, holder_id: UUID, audience: Audience, at: datetime
) -> OwnTraining:
    """Return what somebody is qualified by, what is needed, and the seats."""
    today = dhaka_date(at)
    needs = [need for course in courses().values() for need in await _needs(tx, course)]
    return OwnTraining(
        audience=audience,
        qualifications=[found.own(today) for found in await queries.read_newest(tx, holder_id)],
        needs=[need for need in needs if need.audience == audience and need.state == "approved"],
        seats=await queries.read_own_seats(tx, holder_id, today),
        mail=(await queries.read_mails(tx, [holder_id])).get(holder_id),
    )


async def put_mail(tx: Transaction, holder_id: UUID, mail: str | None) -> None:
    """Store where somebody is warned before a qualification ends; None for nowhere."""
    if mail is None:
        await forget_mails(tx, [holder_id])
    else:
        await queries.save_mail(tx, holder_id, mail)


async def forget_mails(tx: Transaction, holder_ids: Collection[UUID]) -> None:
    """Forget where people are warned, of those who have left."""
    await queries.delete_mails(tx, holder_ids)


async def plan_warnings(tx: Transaction, at: datetime, active_among: ActiveAmong) -> None:
    """Let people be warned 30 and 7 days before a qualification ends, each once.

    After an outage only the later warning goes; none of a qualification that was renewed or has
    ended, and none to who does not work now.

    Args:
        tx: the transaction.
        at: the current time.
        active_among: reads which of some people work now.
    """
    today = dhaka_date(at)
    ending = await queries.read_ending(tx, today, today + rules.FIRST_WARNING)
    active = await active_among(tx, {held.holder_id for held in ending})
    due = {
        mail_id: held
        for held in ending
        if held.holder_id in active and (mail_id := held.warning_id(today)) is not None
    }
    unsent = await mails.keep(tx, "qualification_ends", due.keys())
    addresses = await queries.read_mails(tx, {due[mail_id].holder_id for mail_id in unsent})
    notices = [
        Notice(mail_id, held.warning(), addresses[held.holder_id], at)
        for mail_id, held in sorted(due.items())
        if mail_id in unsent and held.holder_id in addresses
    ]
    await mails.save(tx, notices, at)


async def _needs(tx: Transaction, course: Course) -> list[NeedView]:
    subject = rules.subject_of(course.course)
    acts = await two_people.read_acts(tx, subject, after=None, limit=_MOST_ACTS)
    return [rules.need_view(act) for act in acts]


def _found(row: Row | None) -> Row:
    if row is None:
        raise Refused("not_found")
    return row


async def _find_seat(tx: Transaction, session_id: UUID, holder_id: UUID) -> SeatView | None:
    seats = await queries.read_seats(tx, session_id)
    return next((seat for seat in seats if seat.holder_id == holder_id), None)


async def _seat(tx: Transaction, session_id: UUID, holder_id: UUID) -> SeatView:
    seat = await _find_seat(tx, session_id, holder_id)
    if seat is None:
        raise Refused("seat_missing")
    return seat
