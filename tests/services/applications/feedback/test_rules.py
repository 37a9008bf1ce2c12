from datetime import UTC, date, datetime

import pytest

from libs.contracts.applications import Status
from libs.errors import Refused
from services.applications.feedback.rules import counted_since, give
from tests.services.applications.scenes import application

LATE_IN_NOVEMBER = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)  # 1 December in Dhaka


@pytest.mark.parametrize("status", ["approved", "refused"])
def test_feedback_counts_in_the_month_of_dhaka(status: Status) -> None:
    """A decision of either kind can be rated; the rating counts in Dhaka's month."""
    decided = application(status=status)
    feedback, event = give(decided, 4, "Quick.", at=LATE_IN_NOVEMBER)
    assert feedback.month == date(2026, 12, 1)
    assert (event.rating, event.application_id) == (4, decided.application_id)


def test_the_comment_is_not_announced() -> None:
    """Events on `applications.v1` carry no text of a citizen."""
    _, event = give(application(status="approved"), 1, "A long wait.", at=LATE_IN_NOVEMBER)
    assert "A long wait." not in event.model_dump_json()


@pytest.mark.parametrize("status", ["submitted", "with_ministry", "correction_requested"])
def test_there_is_no_feedback_before_the_decision(status: Status) -> None:
    """Until the ministry decides there is nothing to rate."""
    with pytest.raises(Refused, match="feedback_before_decision"):
        give(application(status=status), 5, None, at=LATE_IN_NOVEMBER)


@pytest.mark.parametrize(
    ("at", "first"),
    [
        (LATE_IN_NOVEMBER, date(2026, 1, 1)),
        (datetime(2026, 11, 30, 17, 0, tzinfo=UTC), date(2025, 12, 1)),
        (datetime(2026, 1, 15, tzinfo=UTC), date(2025, 2, 1)),
    ],
)
def test_twelve_months_are_shown(at: datetime, first: date) -> None:
    """This month in Dhaka is the last of them."""
    assert counted_since(at) == first
