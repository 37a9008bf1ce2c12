"""HTTP routes of training: for the programme's staff, for who takes part, and for everybody."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from libs.clock import Clock
from libs.contracts.accounts import RejectProposal
from libs.contracts.programme import Audience
from libs.contracts.training import (
    CourseList,
    CreateTraining,
    HolderOfSeat,
    NeedView,
    OwnTraining,
    ProposeNeed,
    PutWarningMail,
    QualificationCheck,
    RecordAnswers,
    TrainingDetails,
    TrainingList,
    TrainingTest,
    TrainingView,
)
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.districts import check_within, district_of
from services.programme.training import use_cases

_PROGRAMME: Final = ("programme",)
_TAKES_PART: Final = ("uddokta", "officer")
_SEES: Final = (*_PROGRAMME, "district_staff")
_ALL: Final = (*_SEES, *_TAKES_PART)
_SESSIONS: Final = "/v1/training/sessions"
_SESSION: Final = f"{_SESSIONS}/{{session_id}}"
_TEST: Final = "/v1/training/tests/{test_id}"
_NEED: Final = "/v1/training/needs/{act_id}"
_ANSWERED: Final = ("approved_before", "rejected_before")

SessionId = Annotated[UUID, Field(description="Id of the session")]
TestId = Annotated[UUID, Field(description="Id of the test")]
ActId = Annotated[UUID, Field(description="Id of the proposal")]

routes = Routes()


@routes.get("/v1/training/courses", roles=_ALL)
async def list_courses(
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> CourseList:
    """List the courses, and who needs them from when on.

    For the programme, staff of districts, uddoktas and officers.
    """
    return CourseList(items=await use_cases.read_courses(tx))


@routes.post(
    "/v1/training/courses/{course}/needs",
    status=201,
    roles=_PROGRAMME,
    problems=("course_unknown", "course_of_others", "need_too_soon"),
    example={
        "audience": "uddokta",
        "needed_from": "2027-01-01",
        "reason": "letter 56.00 of 30 June 2026",
    },
)
async def propose_need(
    course: Annotated[str, Field(max_length=40, examples=["cyber_security"])],
    wanted: ProposeNeed,
    staff: Staff,
    tx: Transaction,
    clock: Clock,
) -> NeedView:
    """Propose that nobody of an audience acts without a course from a day on (programme)."""
    return await use_cases.propose_need(tx, course, wanted, staff.staff_id, clock.now())


@routes.post(
    f"{_NEED}/approval",
    roles=_PROGRAMME,
    recent_login=True,
    problems=(*_ANSWERED, "second_person_needed", "need_too_soon"),
)
async def approve_need(act_id: ActId, staff: Staff, tx: Transaction, clock: Clock) -> NeedView:
    """Decide that an audience needs a course, as another person has proposed (programme)."""
    return await use_cases.approve_need(tx, act_id, staff.staff_id, clock.now())


@routes.post(
    f"{_NEED}/rejection",
    roles=_PROGRAMME,
    recent_login=True,
    problems=(*_ANSWERED, "rejection_without_reason"),
    example={"reason": "too few seats until then"},
)
async def reject_need(
    act_id: ActId, body: RejectProposal, staff: Staff, tx: Transaction, clock: Clock
) -> NeedView:
    """Reject a proposal of another person and say why, or take the own one back (programme)."""
    return await use_cases.reject_need(tx, act_id, staff.staff_id, clock.now(), body.reason)


@routes.get(_SESSIONS, roles=_ALL)
async def list_trainings(staff: Staff, tx: Transaction, clock: Clock) -> TrainingList:
    """List sessions for my work, the next ones first (uddokta, officer).

    The programme sees all of them, and staff of a district those that are held there.
    """
    district = district_of(staff)
    found = await use_cases.read_sessions(tx, clock.now(), district)
    if staff.roles.isdisjoint(_SEES):
        audience, ministry = _audience_of(staff), _ministry_of(staff)
        found = [session for session in found if session.is_for(audience, ministry)]
    return TrainingList(items=[session.view() for session in found])


@routes.post(
    _SESSIONS,
    status=201,
    roles=_PROGRAMME,
    problems=("course_unknown", "course_of_others", "district_unknown", "session_passed"),
    example={
        "course": "cyber_security",
        "audience": "uddokta",
        "day": "2026-07-12",
        "place": "Savar upazila hall",
        "district": "3026",
        "trainer_id": "0198a5b0-5c1e-7d20-9b7a-3f6f0c1d2e88",
        "seats": 25,
    },
)
async def create_training(
    wanted: CreateTraining, staff: Staff, tx: Transaction, clock: Clock
) -> TrainingView:
    """Set a session of a course (programme)."""
    return await use_cases.create_session(tx, wanted, by=staff.actor, at=clock.now())


@routes.get(_SESSION, roles=_SEES)
async def read_training(session_id: SessionId, staff: Staff, tx: Transaction) -> TrainingDetails:
    """Show a session with its seats (programme, staff of its district)."""
    details = await use_cases.read_session(tx, session_id)
    check_within(staff, details.session.district)
    return details


@routes.post(
    f"{_SESSION}/seat",
    roles=_TAKES_PART,
    problems=("course_of_others", "session_passed", "session_full", "trainer_of_session"),
)
async def take_seat(
    session_id: SessionId, staff: Staff, tx: Transaction, clock: Clock
) -> TrainingView:
    """Take a seat for myself (uddokta, officer)."""
    audience, ministry = _audience_of(staff), _ministry_of(staff)
    return await use_cases.take_seat(
        tx, session_id, staff.staff_id, audience, ministry, clock.now()
    )


@routes.delete(f"{_SESSION}/seat", roles=_TAKES_PART)
async def give_seat_back(session_id: SessionId, staff: Staff, tx: Transaction) -> None:
    """Give my seat back (uddokta, officer)."""
    await use_cases.give_seat_back(tx, session_id, staff.staff_id)


@routes.post(
    f"{_SESSION}/attendance",
    roles=_PROGRAMME,
    problems=("own_test", "session_ahead", "seat_missing"),
    example={"holder_id": "0198a5b0-5c1e-7d20-9b7a-3f6f0c1d2e88"},
)
async def record_attendance(
    session_id: SessionId, body: HolderOfSeat, staff: Staff, tx: Transaction, clock: Clock
) -> TrainingDetails:
    """Record that somebody else attended (programme)."""
    return await use_cases.record_attendance(
        tx, session_id, body.holder_id, staff.staff_id, clock.now()
    )


@routes.post(
    f"{_SESSION}/tests",
    roles=_PROGRAMME,
    problems=("own_test", "seat_missing", "not_attended"),
    example={"holder_id": "0198a5b0-5c1e-7d20-9b7a-3f6f0c1d2e88"},
)
async def open_training_test(
    session_id: SessionId, body: HolderOfSeat, staff: Staff, tx: Transaction, clock: Clock
) -> TrainingTest:
    """Draw the questions of a test for somebody else who attended (programme)."""
    return await use_cases.open_test(tx, session_id, body.holder_id, staff.staff_id, clock.now())


@routes.get(_TEST, roles=_PROGRAMME, problems=("test_of_other_version",))
async def read_training_test(
    test_id: TestId,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> TrainingTest:
    """Show a test, without what is right (programme)."""
    return await use_cases.read_test(tx, test_id)


@routes.post(
    f"{_TEST}/answers",
    roles=_PROGRAMME,
    recent_login=True,
    problems=("own_test", "test_recorded_before", "test_of_other_version", "answers_missing"),
    example={"answers": [0, 2, 1]},
)
async def record_answers(
    test_id: TestId, body: RecordAnswers, staff: Staff, tx: Transaction, clock: Clock
) -> TrainingTest:
    """Record what a candidate answered; nobody records the own test (programme)."""
    return await use_cases.record_answers(tx, test_id, body.answers, staff.staff_id, clock.now())


@routes.get("/v1/training/own", roles=_TAKES_PART)
async def read_own_training(staff: Staff, tx: Transaction, clock: Clock) -> OwnTraining:
    """Show what I am qualified by until when, what I need, and my seats (uddokta, officer)."""
    return await use_cases.read_own(tx, staff.staff_id, _audience_of(staff), clock.now())


@routes.put("/v1/training/own/mail", roles=_TAKES_PART, example={"mail": "karim@example.gov.bd"})
async def put_warning_mail(
    wanted: PutWarningMail, staff: Staff, tx: Transaction, clock: Clock
) -> OwnTraining:
    """Say where I am warned 30 and 7 days before a qualification ends (uddokta, officer).

    The address is kept encrypted until I take it back, or leave.
    """
    await use_cases.put_mail(tx, staff.staff_id, wanted.mail)
    return await use_cases.read_own(tx, staff.staff_id, _audience_of(staff), clock.now())


@routes.get("/v1/qualifications/{number}", problems=("qualification_unknown",))
async def check_qualification(
    number: Annotated[str, Field(max_length=40, examples=["7K4M9-PXRT3"])],
    tx: Transaction,
    clock: Clock,
) -> QualificationCheck:
    """Check the number of a qualification: what it is for, and whether it holds. No name."""
    return await use_cases.check_number(tx, number, clock.now())


def _audience_of(staff: Staff) -> Audience:
    return "uddokta" if "uddokta" in staff.roles else "officer"


def _ministry_of(staff: Staff) -> str | None:
    return staff.post.ministry if staff.post else None
