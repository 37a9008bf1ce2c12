"""When a question is late, and what it must not say."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import Calendar, HolidaysUnknown, dhaka_date
from libs.bangladesh.text import ascii_digits
from libs.contracts.language import Text
from libs.contracts.questions import AskedBy, PublicQuestion, QuestionState, QuestionView
from libs.errors import Refused
from services.programme.bodies.days import known_working_days

ANSWERED_WITHIN: Final = 3
"""Working days after the day of a question; the answer is due on the last of them."""

_LOOKS_BACK_DAYS: Final = 60
_OF_A_PERSON: Final = re.compile(r"[^\s@]@[^\s@]|(?:[0-9][ -]?){10}")


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a body.

    Args:
        question_id: grows with the time at which it was asked.
        asked_by: as whom; not who.
        origin_id: the vendor or the workshop; None for a focal point.
        public_question: as everybody reads it; None if nobody does.
    """

    question_id: UUID
    body: str
    asked_by: AskedBy
    origin_id: UUID | None
    question: str
    asked_at: datetime
    answer: str | None = None
    answered_at: datetime | None = None
    public_question: Text | None = None
    public_answer: Text | None = None
    published_at: datetime | None = None

    @property
    def public(self) -> PublicQuestion | None:
        """The question as everybody reads it; None if nobody does."""
        if not self.public_question or not self.public_answer or not self.published_at:
            return None
        return PublicQuestion(
            question_id=self.question_id,
            question=self.public_question,
            answer=self.public_answer,
            published_at=self.published_at,
        )

    def state_on(self, today: date, calendar: Calendar) -> QuestionState:
        """Return where the question is on a day."""
        if self.published_at is not None:
            return "public"
        if self.answered_at is not None:
            return "answered"
        return "late" if is_late(dhaka_date(self.asked_at), today, calendar) else "waiting"

    def view(self, today: date, calendar: Calendar) -> QuestionView:
        """Return the question as its body and the programme's staff see it on a day."""
        body = bodies_by_id()[self.body]
        return QuestionView(
            question_id=self.question_id,
            body=self.body,
            body_name=Text(bn=body.name_bn, en=body.name_en),
            asked_by=self.asked_by,
            question=self.question,
            asked_at=self.asked_at,
            due_on=due_on(dhaka_date(self.asked_at), calendar),
            state=self.state_on(today, calendar),
            answer=self.answer,
            answered_at=self.answered_at,
            public=self.public,
        )


def due_on(asked_on: date, calendar: Calendar) -> date | None:
    """Return the last day for an answer; None where the list of holidays is missing."""
    try:
        return calendar.add_working_days(asked_on, ANSWERED_WITHIN)
    except HolidaysUnknown:
        return None


def is_late(asked_on: date, today: date, calendar: Calendar) -> bool:
    """Whether a question of a day has no answer in time; days that are not known count for none."""
    return known_working_days(asked_on, today, calendar) > ANSWERED_WITHIN


def late_until(today: date, calendar: Calendar) -> date:
    """Return the last day of which unanswered questions are late; the first of all if none is."""
    days = (today - timedelta(days=back) for back in range(_LOOKS_BACK_DAYS))
    return next((day for day in days if is_late(day, today, calendar)), date.min)


def check_impersonal(text: str, pointer: str) -> None:
    """Check that a text has no number and no address of a person.

    Raises:
        Refused: it has a mail address, or ten digits in a row, as phones and identity cards have.
    """
    if _OF_A_PERSON.search(ascii_digits(text)):
        raise Refused("question_names_person", pointer=pointer)
