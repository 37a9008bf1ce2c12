"""Conditions for a citizen's feedback, and the event about it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import FeedbackGiven
from libs.errors import Refused
from libs.ids import derived_id
from services.applications.lifecycle.application import Application


@dataclass(frozen=True, slots=True)
class Feedback:
    """A citizen's feedback on one decided application.

    Args:
        month: first day of the month in Dhaka in which it was given.
        rating: from 1, bad, to 5, very good.
        comment: one sentence, or None. Only programme staff may read it.
    """

    application_id: UUID
    public_service_id: str
    month: date
    rating: int
    comment: str | None
    given_at: datetime


def month_of(at: datetime) -> date:
    """Return the first day of the month in Dhaka."""
    return dhaka_date(at).replace(day=1)


def counted_since(at: datetime) -> date:
    """Return the first of the twelve months that are shown, this one included."""
    month = month_of(at)
    return (
        month.replace(month=1)
        if month.month == 12
        else month.replace(year=month.year - 1, month=month.month + 1)
    )


def give(
    application: Application, rating: int, comment: str | None, *, at: datetime
) -> tuple[Feedback, FeedbackGiven]:
    """Make the feedback on an application, and its announcement without the comment.

    Raises:
        Refused: the ministry has not decided.
    """
    if application.status not in {"approved", "refused"}:
        raise Refused("feedback_before_decision", application.status)
    feedback = Feedback(
        application_id=application.application_id,
        public_service_id=application.public_service_id,
        month=month_of(at),
        rating=rating,
        comment=comment,
        given_at=at,
    )
    event = FeedbackGiven(
        event_id=derived_id(application.application_id, FeedbackGiven.type),
        occurred_at=at,
        rating=rating,
        **application.facts(),
    )
    return feedback, event
