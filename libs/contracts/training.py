"""Training: courses, sessions, tests, and who is qualified. HTTP bodies."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.bounds import Day, MinistryId
from libs.contracts.contract import Contract
from libs.contracts.language import Text
from libs.contracts.programme import Audience, CourseId, Evidence, Line, MailAddress


class NeedView(Contract):
    """That an audience needs a course from a day on, as two people decide it."""

    act_id: UUID
    audience: Audience
    needed_from: Day
    reason: str
    proposed_by: UUID
    state: Literal["waiting", "approved", "rejected"]


class CourseView(Contract):
    """A course as it is given now."""

    course: CourseId
    version: int
    name: Text
    audiences: list[Audience]
    pass_mark: int = Field(description="Right answers that are needed")
    questions: int = Field(description="Drawn for a test")
    bank: int = Field(description="From which they are drawn")
    months_valid: int
    is_illustrative: bool = Field(description="Whether no official has approved its questions")
    needs: list[NeedView] = Field(description="Who needs it from when on, the newest first")


class CourseList(Contract):
    """The courses."""

    items: list[CourseView]


class ProposeNeed(Contract):
    """Propose that nobody of an audience acts without a course from a day on."""

    model_config = ConfigDict(extra="forbid")

    audience: Audience
    needed_from: Day = Field(description="In 30 days at the earliest, so that all are warned")
    reason: Evidence


class CreateTraining(Contract):
    """Set a session of a course; the same again adds nothing."""

    model_config = ConfigDict(extra="forbid")

    course: CourseId
    audience: Audience
    day: Day
    place: Line
    district: Annotated[str, Field(pattern=r"^[0-9]{4}$")] = Field(description="Code of the place")
    ministry: MinistryId | None = Field(
        default=None, description="Whose officers it is for; null for those of all"
    )
    trainer_id: UUID = Field(description="The account of the trainer, who cannot take part")
    seats: Annotated[int, Field(ge=1, le=500)]


class TrainingView(CreateTraining):
    """A session."""

    model_config = ConfigDict(extra="ignore")

    session_id: UUID
    version: int
    free: int = Field(description="Seats that nobody has taken")


class TrainingList(Contract):
    """Sessions, the next ones first, then those of the last 30 days."""

    items: list[TrainingView]


class SeatView(Contract):
    """Somebody who has a seat; the id is that of the account."""

    holder_id: UUID
    attended: bool
    test_id: UUID | None
    right_answers: int | None = Field(description="Null before the test is recorded")
    number: str | None = Field(description="Of the qualification; null if the test was not passed")


class TrainingDetails(Contract):
    """A session with its seats."""

    session: TrainingView
    pass_mark: int
    seats: list[SeatView]


class HolderOfSeat(Contract):
    """Who has the seat."""

    model_config = ConfigDict(extra="forbid")

    holder_id: UUID


class QuestionView(Contract):
    """A question of a test, with its answers in the order of this test."""

    text: Text
    options: list[Text]


class TrainingTest(Contract):
    """A test: the questions that were drawn, and how many were answered rightly."""

    __test__ = False  # no test of pytest

    test_id: UUID
    session_id: UUID
    holder_id: UUID
    course: CourseId
    questions: list[QuestionView]
    pass_mark: int
    right_answers: int | None = Field(description="Null before it is recorded")
    number: str | None = Field(description="Of the qualification; null if it was not passed")


class RecordAnswers(Contract):
    """Record what the candidate answered: the place of each answer, from 0, in order."""

    model_config = ConfigDict(extra="forbid")

    answers: Annotated[list[Annotated[int, Field(ge=0, le=9)]], Field(max_length=100)]


class QualificationCheck(Contract):
    """A qualification, for everybody who has its number; no name."""

    number: str
    course: CourseId
    course_name: Text
    audience: Audience
    valid_from: Day
    valid_until: Day
    holds: bool = Field(description="Today")


class OwnQualification(QualificationCheck):
    """My qualification."""

    warns: Literal[7, 30] | None = Field(
        description="It ends within so many days; null before, and after its end"
    )


class OwnTraining(Contract):
    """My qualifications, the courses that I need, and my seats."""

    audience: Audience = Field(description="Whose sessions are for me")
    qualifications: list[OwnQualification] = Field(description="The newest of each course")
    needs: list[NeedView] = Field(description="What people like me need, from when on")
    seats: list[UUID] = Field(description="Sessions in which I have a seat")
    mail: str | None = Field(
        default=None, description="Where I am warned before a qualification ends; null for nowhere"
    )


class PutWarningMail(Contract):
    """Say where I am warned before a qualification ends."""

    model_config = ConfigDict(extra="forbid")

    mail: MailAddress | None = Field(description="Null to be warned on the page only")


class SeatsView(Contract):
    """How many people of a district or ministry need a course, and the seats for them."""

    course: CourseId
    audience: Audience
    day: Day = Field(description="On which they have to be qualified: today, or a day to come")
    district: str | None = Field(
        description="Of uddoktas, by their centres; null of officers, and where none is known"
    )
    ministry: str | None = Field(
        description="Of officers; null of uddoktas, and of seats for officers of all"
    )
    name: Text | None = Field(description="Of the district or ministry")
    people: int = Field(description="Who is active")
    needed: int = Field(description="Of them: without a qualification that holds on the day")
    seats: int = Field(description="In sessions from today on")
    taken: int = Field(description="Of these seats")


class SeatsPage(Contract):
    """Seats against need, the largest shortage first."""

    at: AwareDatetime
    items: list[SeatsView]
