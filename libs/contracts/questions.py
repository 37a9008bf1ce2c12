"""Questions of bodies and their vendors to the programme, and answers that all can read."""

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.bounds import Day
from libs.contracts.contract import Contract
from libs.contracts.language import Text
from libs.contracts.publishing import Words

_LINES: Final = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"

Wording = Annotated[
    str,
    Field(
        min_length=10,
        max_length=2000,
        pattern=_LINES,
        description="With post and body instead of names; without numbers of people",
    ),
]
AskedBy = Literal["focal_point", "vendor", "workshop"]
"""As whom somebody asked: the focal point of the body, its vendor, or somebody at a workshop."""
QuestionState = Literal["waiting", "late", "answered", "public"]
"""`late`: not answered within 3 working days, so it is on the list of the ICT Division. `public`:
answered, and everybody can read it."""


class AskQuestion(Contract):
    """Ask the programme."""

    model_config = ConfigDict(extra="forbid")

    question: Wording


class AnswerQuestion(Contract):
    """Answer a question; a later answer replaces it."""

    model_config = ConfigDict(extra="forbid")

    answer: Wording


class PublishQuestion(Contract):
    """Let everybody read a question and its answer, in words that say nothing of who asked."""

    model_config = ConfigDict(extra="forbid")

    question: Words
    answer: Words


class PublicQuestion(Contract):
    """A question and its answer that everybody can read."""

    question_id: UUID
    question: Text
    answer: Text
    published_at: AwareDatetime


class PublicQuestionList(Contract):
    """Answered questions for everybody, the newest first."""

    items: list[PublicQuestion]
    next: str | None = Field(None, description="Continues the list (`?after=`)")


class QuestionView(Contract):
    """A question about a body."""

    question_id: UUID
    body: str
    body_name: Text
    asked_by: AskedBy
    question: str
    asked_at: AwareDatetime
    due_on: Day | None = Field(
        description="Last day for the answer; null where the list of holidays is missing"
    )
    state: QuestionState
    answer: str | None
    answered_at: AwareDatetime | None
    public: PublicQuestion | None = Field(description="As everybody reads it; null if nobody can")


class QuestionList(Contract):
    """Questions: what waits the oldest first, what is answered the newest first."""

    items: list[QuestionView]
    next: str | None = Field(None, description="Continues the list (`?after=`)")
