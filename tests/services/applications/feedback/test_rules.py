from datetime import UTC, date, datetime

import pytest

from libs.contracts.applications import Status
from libs.contracts.feedback import GiveFeedback
from libs.errors import Refused
from services.applications.feedback.rules import RatingCount, give, months_shown, shown
from tests.services.applications.scenes import application

LATE_IN_NOVEMBER = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)  # 1 December in Dhaka
OCTOBER = date(2026, 10, 1)


def count(rating: int, people: int, *, visits: int = 0, asked: int = 0) -> RatingCount:
    """What people said of whom all told their visits, and whether money was asked for."""
    return RatingCount(OCTOBER, rating, people, people, visits, people, asked)


@pytest.mark.parametrize("status", ["approved", "refused"])
def test_feedback_counts_in_the_month_of_dhaka(status: Status) -> None:
    """A decision of either kind can be rated; the rating counts in Dhaka's month."""
    decided = application(status=status)
    body = GiveFeedback(rating=4, comment="Quick.", visits=2, asked_for_more=True)
    feedback, event = give(decided, body, at=LATE_IN_NOVEMBER)
    assert feedback.month == date(2026, 12, 1)
    assert (event.rating, event.application_id) == (4, decided.application_id)
    assert (event.visits, event.asked_for_more) == (2, True)
    assert feedback.says(body)
    assert not feedback.says(body.model_copy(update={"visits": None}))


def test_the_comment_is_not_announced() -> None:
    """Events on `applications.v1` carry no text of a citizen."""
    body = GiveFeedback(rating=1, comment="A long wait.")
    _, event = give(application(status="approved"), body, at=LATE_IN_NOVEMBER)
    assert "A long wait." not in event.model_dump_json()


@pytest.mark.parametrize("status", ["submitted", "with_ministry", "correction_requested"])
def test_there_is_no_feedback_before_the_decision(status: Status) -> None:
    """Until the ministry decides there is nothing to rate."""
    with pytest.raises(Refused, match="feedback_before_decision"):
        give(application(status=status), GiveFeedback(rating=5), at=LATE_IN_NOVEMBER)


@pytest.mark.parametrize(
    ("at", "first", "end"),
    [
        (LATE_IN_NOVEMBER, date(2025, 12, 1), date(2026, 12, 1)),
        (datetime(2026, 11, 30, 17, 0, tzinfo=UTC), date(2025, 11, 1), date(2026, 11, 1)),
        (datetime(2026, 1, 15, tzinfo=UTC), date(2025, 1, 1), date(2026, 1, 1)),
    ],
)
def test_twelve_months_that_have_ended_are_shown(at: datetime, first: date, end: date) -> None:
    """This month in Dhaka is not one of them: from look to look it would tell the last rating."""
    assert months_shown(at) == (first, end)


def test_a_month_of_five_is_shown_by_its_means() -> None:
    """Ratings apart are not, since one of them stands for fewer than five."""
    [month] = shown([count(2, 2, visits=6), count(5, 3, visits=3)])
    assert (month.month, month.count, month.mean, month.visits) == ("2026-10", 5, 3.8, 1.8)
    assert month.ratings == {}
    assert month.asked_for_more == 0.0


@pytest.mark.parametrize(
    ("ratings", "mean"),
    [
        ({5: 4, 4: 1}, 5.0),
        ({5: 3, 4: 1, 3: 1}, 4.0),
        ({1: 5, 2: 1}, 1.0),
        ({5: 5}, 5.0),
        ({5: 4, 1: 1}, 4.0),
        ({5: 3, 3: 2, 4: 1}, 4.2),
        ({5: 5, 4: 5}, 4.5),
        ({5: 96, 4: 4}, 5.0),
    ],
)
def test_a_mean_does_not_tell_what_one_to_four_people_said(
    ratings: dict[int, int], mean: float
) -> None:
    """Of five people 4.8 is one who was not quite content: such a mean has no decimal."""
    [month] = shown([count(rating, people) for rating, people in ratings.items()])
    assert month.mean == mean


@pytest.mark.parametrize(("visits", "mean"), [(0, 0.0), (1, None), (4, None), (5, 1.0), (9, 1.8)])
def test_a_mean_of_visits_does_not_tell_of_one_to_four(visits: int, mean: float | None) -> None:
    """Of five people 0.2 is one who had to go once."""
    [month] = shown([count(5, 5, visits=visits)])
    assert month.visits == mean


def test_a_month_of_four_is_not_shown() -> None:
    """One of four people could be known."""
    assert shown([count(5, 4)]) == []


@pytest.mark.parametrize(
    ("people", "asked", "share"),
    [(20, 0, 0.0), (20, 4, None), (20, 5, 0.25), (20, 16, None), (20, 15, 0.75), (20, 20, 1.0)],
)
def test_no_share_tells_of_one_to_four_people(people: int, asked: int, share: float | None) -> None:
    """Neither of those who were asked for money, nor of those who were not."""
    [month] = shown([count(5, people, asked=asked)])
    assert month.asked_for_more == share
    assert month.ratings == {"5": people}
