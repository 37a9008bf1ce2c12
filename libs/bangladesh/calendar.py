"""Days as offices in Bangladesh count them."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

DHAKA: Final = timezone(timedelta(hours=6), "Asia/Dhaka")
"""Fixed at +06:00: there has been no summer time since 2009, and a machine may lack tzdata."""

MONTHS: Final = (
    ("জানুয়ারি", "January"), ("ফেব্রুয়ারি", "February"), ("মার্চ", "March"), ("এপ্রিল", "April"),
    ("মে", "May"), ("জুন", "June"), ("জুলাই", "July"), ("আগস্ট", "August"),
    ("সেপ্টেম্বর", "September"), ("অক্টোবর", "October"), ("নভেম্বর", "November"),
    ("ডিসেম্বর", "December"),
)  # fmt: skip
"""Their names in Bangla and in English."""

LONGEST_DEADLINE_DAYS: Final = 3_660
OFFICES_OPEN_AT: Final = time(9, 0)
"""Government offices open at 09:00 in Dhaka, Sunday to Thursday."""

_FILE: Final = Path(__file__).with_name("reference") / "holidays.json"
_FRIDAY, _SATURDAY = 4, 5
_NEXT_LIST_BY_MONTH = 11


class HolidaysUnknown(Exception):
    """The gazette's list of a year's holidays is not in the reference, so no day of it is known.

    Args:
        year: the year without a list.
    """

    def __init__(self, year: int) -> None:
        super().__init__(f"no list of holidays for {year}")
        self.year = year


def dhaka_date(at: datetime) -> date:
    """Return the date in Dhaka at a moment.

    Raises:
        ValueError: the moment has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return at.astimezone(DHAKA).date()


def end_of_day(day: date) -> datetime:
    """Return the moment at which a day ends in Dhaka."""
    return datetime.combine(day + timedelta(days=1), time.min, DHAKA)


def gazetted_years() -> Mapping[int, str]:
    """Return the years whose holidays are known, each with the notification that lists them."""
    return MappingProxyType({row["year"]: row["source"] for row in _years()})


def holidays_of_years() -> Sequence[Mapping[str, Any]]:
    """Return the years that are known: `year`, `source`, and `rows` with `date` and names."""
    return _years()


def missing_year(today: date) -> int | None:
    """Return the year whose list of holidays is missing; None if there is none.

    The gazette has the list of the next year in October or November, so from November on the next
    year's must be there too.
    """
    years = [today.year, today.year + 1] if today.month >= _NEXT_LIST_BY_MONTH else [today.year]
    return next((year for year in years if year not in gazetted_years()), None)


def is_working_day(day: date) -> bool:
    """Whether government offices are open: not on Fridays, Saturdays and public holidays.

    The holidays are those of the Ministry of Public Administration's yearly list in the gazette,
    and of later orders (`reference/holidays.json`). Nothing is estimated.

    Args:
        day: a date in Dhaka (see dhaka_date).

    Raises:
        HolidaysUnknown: the list of the day's year is missing.
    """
    if day.year not in gazetted_years():
        raise HolidaysUnknown(day.year)
    return day.weekday() not in {_FRIDAY, _SATURDAY} and day not in _holidays()


def is_office_open_since_morning(at: datetime) -> bool:
    """Whether a moment is on a working day, at 09:00 in Dhaka or later.

    On a day of a year without a list of holidays it is not.
    """
    try:
        return at.astimezone(DHAKA).time() >= OFFICES_OPEN_AT and is_working_day(dhaka_date(at))
    except HolidaysUnknown:
        return False


def add_working_days(day: date, days: int) -> date:
    """Return the working day on which a deadline of so many working days ends.

    The day itself does not count, as the General Clauses Act, 1897, section 9 has it for "from";
    with 0 days the answer is the day itself.

    Args:
        day: the date in Dhaka from which the deadline runs.
        days: working days, 0 to 3,660.

    Raises:
        ValueError: the days are out of range.
        HolidaysUnknown: the deadline reaches into a year whose list of holidays is missing.
    """
    if not 0 <= days <= LONGEST_DEADLINE_DAYS:
        raise ValueError(f"a deadline has 0 to {LONGEST_DEADLINE_DAYS} working days")
    return _end_of_deadline(day, days)


@lru_cache(maxsize=1024)  # the same few deadlines all day long
def _end_of_deadline(day: date, days: int) -> date:
    end = day
    for _ in range(days):
        end += timedelta(days=1)
        while not is_working_day(end):
            end += timedelta(days=1)
    return end


@cache
def _holidays() -> frozenset[date]:
    return frozenset(date.fromisoformat(row["date"]) for year in _years() for row in year["rows"])


@cache
def _years() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(_FILE.read_text(encoding="utf-8"))["years"])
