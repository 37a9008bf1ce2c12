from datetime import datetime, time, timedelta
from uuid import UUID

import pytest

from libs.bangladesh.calendar import DHAKA
from libs.errors import Refused
from services.ministries.availability.rules import (
    Hours,
    Outage,
    check_hours,
    check_outage,
    closed_ministries,
)
from tests.services.ministries.scenes import HEALTH, LAND

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=DHAKA)  # a Thursday
OFFICE = Hours(HEALTH, frozenset({7, 1, 2, 3, 4}), time(9), time(17))
HOUR = timedelta(hours=1)


def outage(begins: timedelta, ends: timedelta, ministry: str = LAND) -> Outage:
    return Outage(UUID(int=1), ministry, NOON + begins, NOON + ends)


@pytest.mark.parametrize(
    ("at", "closed"),
    [
        (NOON, {LAND}),
        (NOON - timedelta(minutes=1), set()),
        (NOON + HOUR, set()),
        (NOON.replace(hour=16, minute=59), set()),
        (NOON.replace(hour=17), {HEALTH}),
        (NOON + timedelta(days=1), {HEALTH}),
        (NOON + timedelta(days=3), set()),
    ],
)
def test_a_ministry_is_closed_during_outages_and_outside_its_hours(
    at: datetime, closed: set[str]
) -> None:
    """The first moment belongs to the outage and to the hours, the last does not."""
    assert closed_ministries([outage(0 * HOUR, HOUR)], [OFFICE], at) == closed


@pytest.mark.parametrize(
    "wrong",
    [
        outage(HOUR, HOUR),
        outage(2 * HOUR, HOUR),
        outage(-2 * HOUR, -HOUR),
        outage(HOUR, timedelta(days=32)),
        outage(HOUR, 2 * HOUR, ministry="nobody"),
    ],
)
def test_an_outage_that_makes_no_sense_is_refused(wrong: Outage) -> None:
    """It would stop a ministry for nothing, or for ever."""
    with pytest.raises(Refused):
        check_outage(wrong, NOON)


@pytest.mark.parametrize(
    "wrong",
    [
        Hours(LAND, frozenset(), time(9), time(17)),
        Hours(LAND, frozenset({0}), time(9), time(17)),
        Hours(LAND, frozenset({1}), time(17), time(9)),
        Hours("nobody", frozenset({1}), time(9), time(17)),
    ],
)
def test_hours_that_make_no_sense_are_refused(wrong: Hours) -> None:
    """With them the ministry's system would never be called."""
    with pytest.raises(Refused):
        check_hours(wrong)
