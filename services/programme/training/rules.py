"""Tests drawn and graded, seats, qualifications, and what an audience needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final, Literal, get_args
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.programme import Audience, QualificationChanged, QualificationNeeded
from libs.contracts.training import (
    CreateTraining,
    NeedView,
    OwnQualification,
    ProposeNeed,
    QualificationCheck,
    QuestionView,
    TrainingView,
)
from libs.errors import Refused
from libs.ids import NAMESPACE, code_of, derived_id
from libs.two_people.rules import Act
from services.programme.mails.rules import QualificationEnds
from services.programme.training.courses import Course, Question, course_of, find_version

NOTICE: Final = timedelta(days=30)
"""Between the decision that a course is needed and its first day, so that everybody is warned."""

_WARNS: Final[tuple[Literal[7, 30], ...]] = (7, 30)
FIRST_WARNING: Final = timedelta(days=max(_WARNS))
_SUBJECT: Final = "course "


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a course."""

    session_id: UUID
    course: str
    version: int
    audience: Audience
    day: date
    place: str
    district: str
    ministry: str | None
    trainer_id: UUID
    seats: int
    taken: int = 0

    @classmethod
    def of(cls, wanted: CreateTraining, by: str) -> "Session":
        """Make the session that a request sets; the same request of a person is one session.

        Raises:
            Refused: there is no such course, or it is not for this audience.
        """
        course = course_of(wanted.course)
        if wanted.audience not in course.audiences:
            raise Refused("course_of_others", pointer="/audience")
        session_id = derived_id(NAMESPACE, f"session/{by}/{wanted.model_dump_json()}")
        return cls(session_id=session_id, version=course.version, **wanted.model_dump())

    def is_for(self, audience: Audience, ministry: str | None) -> bool:
        """Whether the session is for somebody of an audience, and of a ministry."""
        is_of_others = self.ministry is not None and self.ministry != ministry
        return audience == self.audience and not (audience == "officer" and is_of_others)

    def check_open(self, holder_id: UUID, today: date) -> None:
        """Check that somebody can take a seat.

        Raises:
            Refused: it has passed, it is full, or the person is its trainer.
        """
        if self.day < today:
            raise Refused("session_passed")
        if holder_id == self.trainer_id:
            raise Refused("trainer_of_session")
        if self.taken >= self.seats:
            raise Refused("session_full")

    def check_day(self, today: date) -> None:
        """Check that the session has begun.

        Raises:
            Refused: it lies ahead.
        """
        if today < self.day:
            raise Refused("session_ahead")

    def view(self) -> TrainingView:
        """Return the session as staff see it."""
        return TrainingView(
            session_id=self.session_id,
            course=self.course,
            version=self.version,
            audience=self.audience,
            day=self.day,
            place=self.place,
            district=self.district,
            ministry=self.ministry,
            trainer_id=self.trainer_id,
            seats=self.seats,
            free=max(0, self.seats - self.taken),
        )


def check_not_own(holder_id: UUID, recorder_id: UUID) -> None:
    """Check that whoever records something about a candidate is another person.

    Raises:
        Refused: it is the candidate.
    """
    if holder_id == recorder_id:
        raise Refused("own_test")


@dataclass(frozen=True, slots=True)
class Test:
    """A test of a seat; what is asked follows from its id and the course's version.

    Args:
        version: of the course when the test was opened; it is graded by the same one.
    """

    __test__ = False  # no test of pytest

    test_id: UUID
    session_id: UUID
    holder_id: UUID
    version: int
    right_answers: int | None = None

    def course(self, session: Session) -> Course:
        """Return the course as it was when the test was opened.

        Raises:
            Refused: that version is not given any more; the test is opened again.
        """
        found = find_version(session.course, self.version)
        if found is None:
            raise Refused("test_of_other_version")
        return found


def questions_of(test_id: UUID, course: Course) -> list[QuestionView]:
    """Return the questions that a test draws from the bank, with answers in an order of its own."""
    return [
        QuestionView(
            text=question.text,
            options=[question.options[place] for place in _shuffled(test_id, question)],
        )
        for question in _drawn(test_id, course)
    ]


def graded(test_id: UUID, course: Course, answers: Sequence[int]) -> int:
    """Return how many answers are right.

    Args:
        test_id: the test.
        course: its course.
        answers: for each question the place of the chosen answer, from 0.

    Raises:
        Refused: an answer is missing, or there is no such place.
    """
    questions = _drawn(test_id, course)
    if len(answers) != len(questions):
        raise Refused("answers_missing", pointer="/answers")
    right = 0
    for place, (question, answer) in enumerate(zip(questions, answers, strict=True)):
        order = _shuffled(test_id, question)
        if answer >= len(order):
            raise Refused("answers_missing", pointer=f"/answers/{place}")
        right += order[answer] == 0
    return right


def _drawn(test_id: UUID, course: Course) -> list[Question]:
    ranked = sorted(course.questions, key=lambda question: _rank(test_id, question.text.en))
    return ranked[: course.drawn]


def _shuffled(test_id: UUID, question: Question) -> list[int]:
    places = range(len(question.options))
    return sorted(places, key=lambda place: _rank(test_id, f"{question.text.en}/{place}"))


def _rank(test_id: UUID, text: str) -> bytes:
    return sha256(test_id.bytes + text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Qualification:
    """That somebody has passed the test of a course, and until when it holds."""

    number: str
    test_id: UUID
    holder_id: UUID
    audience: Audience
    course: str
    version: int
    valid_from: date
    valid_until: date

    @classmethod
    def of(cls, test: Test, session: Session, day: date) -> "Qualification":
        """Make the qualification that a passed test gives; of a test there is one number."""
        course = test.course(session)
        return cls(
            number=code_of(sha256(b"qualification" + test.test_id.bytes).digest()),
            test_id=test.test_id,
            holder_id=test.holder_id,
            audience=session.audience,
            course=session.course,
            version=test.version,
            valid_from=day,
            valid_until=_months_later(day, course.months_valid) - timedelta(days=1),
        )

    def event(self, at: datetime) -> QualificationChanged:
        """Return the event that announces it."""
        return QualificationChanged(
            event_id=derived_id(self.test_id, "qualified"),
            occurred_at=at,
            subject=f"{self.holder_id} {self.course}",
            holder_id=self.holder_id,
            course=self.course,
            number=self.number,
            qualified_until=self.valid_until,
        )

    def check(self, today: date) -> QualificationCheck:
        """Return the qualification for everybody; no name."""
        return QualificationCheck(
            number=self.number,
            course=self.course,
            course_name=course_of(self.course).name,
            audience=self.audience,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            holds=self.valid_from <= today <= self.valid_until,
        )

    def warning_id(self, today: date) -> UUID | None:
        """Return the id of the mail that warns of its end on a day; None if none does."""
        days = warning_on(self.valid_until, today)
        return None if days is None else derived_id(self.test_id, f"ends within {days}")

    def warning(self) -> QualificationEnds:
        """Return what the mail says that warns of its end."""
        name = course_of(self.course).name
        return QualificationEnds(course_bn=name.bn, course_en=name.en, until=self.valid_until)

    def own(self, today: date) -> OwnQualification:
        """Return the qualification for its holder, with the warning that is due."""
        return OwnQualification(
            **self.check(today).model_dump(), warns=warning_on(self.valid_until, today)
        )


def warning_on(until: date, today: date) -> Literal[7, 30] | None:
    """Return within how many days a last day comes that is to be warned of; None if of none."""
    left = (until - today).days
    return next((days for days in _WARNS if 0 <= left <= days), None)


def need_act(act_id: UUID, course: str, wanted: ProposeNeed, by: UUID, at: datetime) -> Act:
    """Return the act that an audience needs a course from a day on.

    Raises:
        Refused: the course is not for this audience, or its first day comes too soon.
    """
    if wanted.audience not in course_of(course).audiences:
        raise Refused("course_of_others", pointer="/audience")
    check_notice(wanted.needed_from, dhaka_date(at))
    kind = f"{wanted.audience} {wanted.needed_from}"
    return Act(act_id, subject_of(course), kind, wanted.reason, by, at)


def check_notice(needed_from: date, today: date) -> None:
    """Check that everybody can be warned before a course is needed.

    Raises:
        Refused: the first day is less than 30 days ahead.
    """
    if needed_from < today + NOTICE:
        raise Refused("need_too_soon", pointer="/needed_from")


def subject_of(course: str) -> str:
    """Return the subject of acts about a course."""
    return f"{_SUBJECT}{course}"


def course_in(subject: str) -> str:
    """Return the course of the subject of an act.

    Raises:
        Refused: the act is about something else.
    """
    if not subject.startswith(_SUBJECT):
        raise Refused("not_found")
    return subject.removeprefix(_SUBJECT)


def need_view(act: Act) -> NeedView:
    """Return what an act says of an audience."""
    said, _, needed_from = act.kind.partition(" ")
    (audience,) = (known for known in get_args(Audience) if known == said)
    is_open = act.approved_at is None and act.rejected_at is None
    return NeedView(
        act_id=act.act_id,
        audience=audience,
        needed_from=date.fromisoformat(needed_from),
        reason=act.reason,
        proposed_by=act.proposed_by,
        state="waiting" if is_open else "approved" if act.approved_at else "rejected",
    )


def need_event(act: Act, at: datetime) -> QualificationNeeded:
    """Return the event that announces what an audience needs."""
    need, course = need_view(act), course_in(act.subject)
    return QualificationNeeded(
        event_id=derived_id(act.act_id, "needed"),
        occurred_at=at,
        subject=f"{need.audience} {course}",
        audience=need.audience,
        course=course,
        needed_from=need.needed_from,
    )


def _months_later(day: date, months: int) -> date:
    """Return the same day so many months later; the last of the month where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
