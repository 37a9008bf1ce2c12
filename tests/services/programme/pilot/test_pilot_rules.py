"""What passes the pilot, by values."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.pilot import PilotPlan
from libs.errors import Refused
from services.programme.pilot import rules
from services.programme.pilot.rules import Changes, Seen

FIRST, LAST = date(2026, 7, 1), date(2026, 7, 31)
PLAN = PilotPlan(
    first_day=FIRST, last_day=LAST, in_time=90, satisfaction=80, lost=0, overcharging=10,
    open_days=20, cost=100,
)  # fmt: skip
GOOD: dict[Any, Seen] = {
    "in_time": Seen(90, 200), "satisfaction": Seen(80, 50), "lost": Seen(0, 31),
    "overcharging": Seen(10, 900), "open_days": Seen(20, 31), "cost": Seen(100, 900),
}  # fmt: skip
WORSE: dict[str, int] = {
    "in_time": 89, "satisfaction": 79, "lost": 1, "overcharging": 11, "open_days": 19, "cost": 101
}  # fmt: skip
AFTER = LAST + timedelta(days=1)


def passes(seen: dict[Any, Seen], today: date = AFTER) -> bool:
    return rules.has_passed(PLAN, rules.criteria_of(PLAN, seen), today)


def test_a_pilot_passes_when_it_has_ended_and_meets_each_criterion() -> None:
    """Exactly at its thresholds, and not on its last day."""
    assert passes(GOOD)
    assert not passes(GOOD, LAST)


@pytest.mark.parametrize("criterion", GOOD)
def test_one_criterion_that_is_missed_or_not_known_fails_it(criterion: str) -> None:
    """Whatever the others are."""
    assert not passes({**GOOD, criterion: Seen(WORSE[criterion], 1)})
    assert not passes({**GOOD, criterion: Seen(None, 1)})
    assert not passes({name: seen for name, seen in GOOD.items() if name != criterion})


@given(done=st.integers(0, 10_000), late=st.integers(0, 10_000), more=st.integers(0, 10_000))
def test_a_share_is_rounded_against_passing(done: int, late: int, more: int) -> None:
    """89.9 percent are not 90; whoever waits past the last day counts without a decision."""
    seen = rules.in_time({"in_time": done, "late": late, "overdue": late + more})
    whole = done + late + more
    assert seen.denominator == whole
    if whole == 0:
        assert seen.value is None
    else:
        assert seen.value is not None
        assert (seen.value >= 90) == (done * 10 >= whole * 9)


def test_ratings_of_four_and_five_satisfy() -> None:
    """Of all ratings; without one nothing is known."""
    counted = {"rated_1": 1, "rated_3": 1, "rated_4": 2, "rated_5": 4, "approved": 9}
    assert rules.satisfaction(counted) == Seen(75, 8)
    assert rules.satisfaction({}) == Seen(None, 0)


def test_nothing_lost_is_known_once_each_day_was_counted_again() -> None:
    """A day without a count may have lost something."""
    assert rules.lost(0, 31, 31) == Seen(0, 31)
    assert rules.lost(0, 30, 31) == Seen(None, 30)
    assert rules.lost(0, 0, 0) == Seen(None, 0)


def at(day: int, hour: int = 12) -> datetime:
    """A time of July in Dhaka."""
    return datetime(2026, 7, day, hour, tzinfo=UTC) - timedelta(hours=6)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"a": [], "b": []}, 0),
        ({"a": [(at(1) - timedelta(days=90), "open")], "b": []}, 31),
        ({"a": [(at(11), "open")], "b": []}, 21),
        ({"a": [(at(1), "open"), (at(4, 23), "paused"), (at(6, 1), "open")], "b": []}, 28),
        ({"a": [(at(1), "open")], "b": [(at(1), "open"), (at(30), "paused")]}, 29),
        ({"a": [(at(1), "paused")], "b": []}, 0),
    ],
)
def test_a_day_counts_when_an_area_is_open_and_none_is_paused(
    changes: Changes, expected: int
) -> None:
    """Of the day on which an area opens the evening counts; a pause of an hour costs the day."""
    assert rules.open_days(changes, FIRST, LAST) == Seen(expected, 31)


@pytest.mark.parametrize(
    ("changed", "today"),
    [
        ({"last_day": date(2026, 6, 30)}, date(2026, 6, 1)),
        ({}, LAST),
        ({}, AFTER),
        ({"last_day": date(2028, 7, 1)}, FIRST),
        ({"open_days": 32}, FIRST),
    ],
)
def test_days_that_make_no_pilot_are_refused(changed: dict[str, Any], today: date) -> None:
    """The last day lies ahead, after the first; not too many, and not more open ones than days."""
    with pytest.raises(Refused, match="pilot_days_wrong"):
        rules.check_days(PLAN.model_copy(update=changed), today)


def test_only_days_that_are_over_are_counted() -> None:
    """None before the second day, and none after the last."""
    one = timedelta(days=1)
    assert rules.last_counted(PLAN, FIRST - one * 9) == FIRST - one
    assert rules.last_counted(PLAN, FIRST) == FIRST - one
    assert rules.last_counted(PLAN, FIRST + one) == FIRST
    assert rules.last_counted(PLAN, AFTER + one * 40) == LAST
