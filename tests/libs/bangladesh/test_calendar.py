"""Deadlines and sums are counted and written as offices in Bangladesh do."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.bangladesh import calendar

DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2026, 1, 4), True),  # Sunday
        (date(2026, 1, 8), True),  # Thursday
        (date(2026, 1, 9), False),  # Friday
        (date(2026, 1, 10), False),  # Saturday
        (date(2026, 3, 26), False),  # Independence Day, a Thursday
        (date(2026, 12, 16), False),  # Victory Day, a Wednesday
        (date(2026, 4, 14), False),  # Bangla new year, a Tuesday
    ],
)
def test_offices_are_shut_on_weekends_and_holidays(day: date, open_: bool) -> None:
    """The weekend is Friday and Saturday."""
    assert calendar.is_working_day(day) is open_


def test_a_day_closed_by_order_is_no_working_day() -> None:
    """What the gazette adds, the caller hands in."""
    day = date(2026, 1, 4)
    assert not calendar.is_working_day(day, closed={day})
    assert calendar.add_working_days(date(2026, 1, 3), 1, closed={day}) == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2026, 1, 4), 0, date(2026, 1, 4)),
        (date(2026, 1, 4), 1, date(2026, 1, 5)),
        (date(2026, 1, 8), 1, date(2026, 1, 11)),
        (date(2026, 1, 9), 1, date(2026, 1, 11)),
        (date(2026, 12, 15), 1, date(2026, 12, 17)),
        (date(2026, 12, 30), 2, date(2027, 1, 3)),
    ],
)
def test_a_deadline_counts_from_the_next_day(start: date, days: int, end: date) -> None:
    """The day of submission is not part of the deadline."""
    assert calendar.add_working_days(start, days) == end


@given(DAYS, st.integers(0, 60), st.integers(0, 60))
def test_deadlines_add_up(day: date, first: int, then: int) -> None:
    """A deadline extended is the deadline of the sum, and ends on a working day."""
    at_once = calendar.add_working_days(day, first + then)
    assert calendar.add_working_days(calendar.add_working_days(day, first), then) == at_once
    assert at_once == day or calendar.is_working_day(at_once)


@pytest.mark.parametrize("days", [-1, 3_661])
def test_a_deadline_out_of_range_is_refused(days: int) -> None:
    """No deadline runs backwards or for generations."""
    with pytest.raises(ValueError, match="working days"):
        calendar.add_working_days(date(2026, 1, 4), days)


def test_an_evening_in_greenwich_is_the_next_day_in_dhaka() -> None:
    """Dates are those of Dhaka, six hours ahead."""
    assert calendar.dhaka_date(datetime(2026, 1, 3, 18, 0, tzinfo=UTC)) == date(2026, 1, 4)
    assert calendar.dhaka_date(datetime(2026, 1, 3, 17, 59, tzinfo=UTC)) == date(2026, 1, 3)
    assert datetime(2026, 1, 1, tzinfo=calendar.DHAKA).utcoffset() == timedelta(hours=6)


def test_a_moment_without_zone_has_no_date() -> None:
    """Guessing a zone would be wrong for six hours of each day."""
    with pytest.raises(ValueError, match="time zone"):
        calendar.dhaka_date(datetime(2026, 1, 3))  # noqa: DTZ001
