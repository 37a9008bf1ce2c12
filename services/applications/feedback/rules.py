"""Conditions for a citizen's feedback, and the event about it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import FeedbackGiven
from libs.contracts.feedback import FEWEST_SHOWN, GiveFeedback, MonthOfFeedback
from libs.errors import Refused
from libs.ids import derived_id
from services.applications.lifecycle.application import Application

_BEST: Final = 5


@dataclass(frozen=True, slots=True)
class Feedback:
    """A citizen's feedback on one decided application.

    Args:
        month: first day of the month in Dhaka in which it was given.
        rating: from 1, bad, to 5, very good.
        comment: one sentence, or None. The programme may read it.
        visits: how often she had to go to an office or a centre, or None.
        asked_for_more: whether money was asked for beyond the price, or None.
        for_ministry: whether she was told that the ministry may read the comment, if five wrote.
    """

    application_id: UUID
    public_service_id: str
    month: date
    rating: int
    comment: str | None
    visits: int | None
    asked_for_more: bool | None
    given_at: datetime
    for_ministry: bool = False

    def says(self, body: GiveFeedback) -> bool:
        """Whether it is what a body says."""
        return (self.rating, self.comment, self.visits, self.asked_for_more) == (
            body.rating,
            body.comment,
            body.visits,
            body.asked_for_more,
        )


@dataclass(frozen=True, slots=True)
class RatingCount:
    """The answers of those who gave one rating in one month, counted."""

    month: date
    rating: int
    count: int
    visits_said: int
    visits_sum: int
    money_said: int
    money_asked: int


def month_of(at: datetime) -> date:
    """Return the first day of the month in Dhaka."""
    return dhaka_date(at).replace(day=1)


def months_shown(at: datetime) -> tuple[date, date]:
    """Return the first of the twelve months that have ended, and of the month that has not.

    A month under way is not shown: from one look to the next its numbers would tell what the last
    citizen said.
    """
    month = month_of(at)
    return month.replace(year=month.year - 1), month


def shown(counts: Iterable[RatingCount]) -> list[MonthOfFeedback]:
    """Make what everybody may see of counts, in their order of months.

    No number stands for one to four people, nor can such a number be reckoned from others.
    """
    by_month: defaultdict[date, list[RatingCount]] = defaultdict(list)
    for count in counts:
        by_month[count.month].append(count)
    return [
        _month(month, ratings)
        for month, ratings in by_month.items()
        if sum(rating.count for rating in ratings) >= FEWEST_SHOWN
    ]


def _month(month: date, ratings: list[RatingCount]) -> MonthOfFeedback:
    count = sum(rating.count for rating in ratings)
    rated = sum(rating.rating * rating.count for rating in ratings)
    visits_said = sum(rating.visits_said for rating in ratings)
    visits = sum(rating.visits_sum for rating in ratings)
    money_said = sum(rating.money_said for rating in ratings)
    money_asked = sum(rating.money_asked for rating in ratings)
    return MonthOfFeedback(
        month=f"{month:%Y-%m}",
        count=count,
        mean=round(rated / count, 0 if _tells(_BEST * count - rated, rated - count) else 1),
        ratings={str(rating.rating): rating.count for rating in ratings}
        if all(rating.count >= FEWEST_SHOWN for rating in ratings)
        else {},
        visits=round(visits / visits_said, 1)
        if visits_said >= FEWEST_SHOWN and not _tells(visits)
        else None,
        asked_for_more=round(money_asked / money_said, 2)
        if money_said >= FEWEST_SHOWN and not _tells(money_asked, money_said - money_asked)
        else None,
    )


def _tells(*numbers: int) -> bool:
    """Whether a number that a mean gives away is that of one to four people.

    By its decimal the mean of few people is one sum only: what is missing to the best rating, and
    to the worst one, is of at most so many people.
    """
    return any(0 < number < FEWEST_SHOWN for number in numbers)


def give(
    application: Application, body: GiveFeedback, *, at: datetime
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
        given_at=at,
        **body.model_dump(),
    )
    event = FeedbackGiven(
        event_id=derived_id(application.application_id, FeedbackGiven.type),
        occurred_at=at,
        rating=body.rating,
        visits=body.visits,
        asked_for_more=body.asked_for_more,
        **application.facts(),
    )
    return feedback, event
