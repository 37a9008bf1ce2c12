"""Deadlines and sums are counted and written as offices in Bangladesh do."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st

from libs.bangladesh import calendar

DAYS = st.dates(date(2026, 1, 1), date(2026, 6, 30))


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
        (date(2026, 2, 12), False),  # the election, by a later order, a Thursday
        (date(2026, 10, 20), False),  # Durga Puja, a Tuesday
        (date(2026, 5, 31), False),  # the sixth day of Eid, a Sunday
    ],
)
def test_offices_are_shut_on_weekends_and_holidays(day: date, open_: bool) -> None:
    """The weekend is Friday and Saturday."""
    assert calendar.is_working_day(day) is open_


def test_the_list_agrees_with_another_one() -> None:
    """The gazette's list of a year has every holiday that the package `holidays` knows of it."""
    for year in calendar.reference_calendar().sources:
        for day in country_holidays("BD", years=year):
            assert not calendar.is_working_day(day), day


def test_a_year_without_a_list_has_no_working_days_that_are_known() -> None:
    """Nothing is estimated: who asks learns which year is missing."""
    last = max(calendar.reference_calendar().sources)
    assert last == 2026
    with pytest.raises(calendar.HolidaysUnknown, match="2027"):
        calendar.is_working_day(date(2027, 1, 3))
    with pytest.raises(calendar.HolidaysUnknown, match="2027"):
        calendar.add_working_days(date(2026, 12, 30), 2)


def test_every_list_has_its_source() -> None:
    """A year names the gazette notification that its days are from."""
    assert all(calendar.reference_calendar().sources.values())


@pytest.mark.parametrize(
    ("today", "missing"),
    [
        (date(2026, 10, 31), None),
        (date(2026, 11, 1), 2027),
        (date(2026, 12, 31), 2027),
        (date(2027, 1, 1), 2027),
        (date(2028, 11, 1), 2028),
    ],
)
def test_the_list_of_the_next_year_is_missing_from_november(
    today: date, missing: int | None
) -> None:
    """The gazette has the next year's list in October or November; deadlines need it then."""
    assert calendar.missing_year(today) == missing


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2026, 1, 4), 0, date(2026, 1, 4)),
        (date(2026, 1, 4), 1, date(2026, 1, 5)),
        (date(2026, 1, 8), 1, date(2026, 1, 11)),
        (date(2026, 1, 9), 1, date(2026, 1, 11)),
        (date(2026, 12, 15), 1, date(2026, 12, 17)),
        (date(2026, 10, 19), 1, date(2026, 10, 22)),
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


CALENDAR = calendar.reference_calendar()
PAUSES = st.lists(
    st.tuples(DAYS, st.integers(0, 40)).map(lambda pair: (pair[0], pair[0] + timedelta(pair[1]))),
    max_size=4,
)
LENGTHS = st.integers(0, 40)


def with_day_off(day: date) -> calendar.Calendar:
    """The calendar with another day on which offices are shut."""
    return replace(CALENDAR, shut=CALENDAR.shut | {day})


@given(DAYS, LENGTHS, DAYS, PAUSES)
def test_another_day_off_never_brings_a_deadline_forward(
    day: date, days: int, off: date, pauses: list[tuple[date, date]]
) -> None:
    """It moves it by one working day at most, and a repeat changes nothing."""
    before = CALENDAR.add_working_days(day, days, pauses)
    changed = with_day_off(off)
    after = changed.add_working_days(day, days, pauses)
    most = changed.add_working_days(before, 1, pauses)
    assert before <= after <= most
    assert with_day_off(off).add_working_days(day, days, pauses) == after


@given(DAYS, st.integers(1, 40), DAYS, st.integers(0, 40))
def test_a_pause_moves_a_deadline_by_its_working_days(
    day: date, days: int, first: date, length: int
) -> None:
    """Of those before the last day; the day on which it began counts, and its last one does not."""
    last = first + timedelta(length)
    end = CALENDAR.add_working_days(day, days, [(first, last)])
    within = [day + timedelta(n) for n in range(1, (end - day).days + 1)]
    counted = [one for one in within if CALENDAR.is_working_day(one) and not first < one <= last]
    assert len(counted) == days
    assert counted[-1] == end


@given(DAYS, LENGTHS, PAUSES)
def test_the_order_of_pauses_says_nothing(
    day: date, days: int, pauses: list[tuple[date, date]]
) -> None:
    """Also of pauses that overlap."""
    ends = {
        CALENDAR.add_working_days(day, days, order) for order in (pauses, list(reversed(pauses)))
    }
    assert len(ends) == 1


def test_a_saturday_can_be_a_working_day() -> None:
    """By an order, as for a bridge day that was given."""
    saturday = date(2026, 1, 10)
    assert not CALENDAR.is_working_day(saturday)
    assert replace(CALENDAR, working=frozenset({saturday})).is_working_day(saturday)
