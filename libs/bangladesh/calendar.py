"""Days as offices in Bangladesh count them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from libs.bangladesh.text import ascii_digits

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
_MOST_ENDS = 1_024


Pause = tuple[date, date]
"""A time in which a deadline stands still: the day on which it began, and the one it ended on."""


class HolidaysUnknown(Exception):
    """The gazette's list of a year's holidays is not in the reference, so no day of it is known.

    Args:
        year: the year without a list.
    """

    def __init__(self, year: int) -> None:
        super().__init__(f"no list of holidays for {year}")
        self.year = year


def is_weekend(day: date) -> bool:
    """Whether a day is a Friday or a Saturday, whatever a year's list of holidays says."""
    return day.weekday() in {_FRIDAY, _SATURDAY}


def dhaka_date(at: datetime) -> date:
    """Return the date in Dhaka at a moment.

    Raises:
        ValueError: the moment has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return at.astimezone(DHAKA).date()


def moment_in(text: str) -> datetime | None:
    """Read the time that a browser sends, as Dhaka time; None if it is not a time."""
    try:
        return datetime.fromisoformat(ascii_digits(text.strip())).replace(tzinfo=DHAKA)
    except ValueError:
        return None


def end_of_day(day: date) -> datetime:
    """Return the moment at which a day ends in Dhaka."""
    return datetime.combine(day + timedelta(days=1), time.min, DHAKA)


def holidays_of_years() -> Sequence[Mapping[str, Any]]:
    """Return the years that are known: `year`, `source`, and `rows` with `date` and names."""
    return _years()


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of the years that are known; of another year no day is known.

    Args:
        sources: the order that lists a year's days off, by year.
        shut: days on which offices are shut though they would be open.
        working: days off, such as a Saturday, on which they are open.
    """

    sources: Mapping[int, str]
    shut: frozenset[date]
    working: frozenset[date] = frozenset()
    _ends: dict[tuple[date, int], date] = field(default_factory=dict, compare=False, repr=False)

    def is_working_day(self, day: date) -> bool:
        """Whether government offices are open: not on Fridays, Saturdays and public holidays.

        Args:
            day: a date in Dhaka (see dhaka_date).

        Raises:
            HolidaysUnknown: the list of the day's year is missing.
        """
        if day.year not in self.sources:
            raise HolidaysUnknown(day.year)
        if day in self.working:
            return True
        return not is_weekend(day) and day not in self.shut

    def add_working_days(self, day: date, days: int, pauses: Sequence[Pause] = ()) -> date:
        """Return the working day on which a deadline of so many working days ends.

        The day itself does not count, as the General Clauses Act, 1897, section 9 has it for
        "from"; with 0 days the answer is the day itself. Nor do days within a pause: of these the
        day on which it began counts, and the day on which it ended does not.

        Args:
            day: the date in Dhaka from which the deadline runs.
            days: working days, 0 to 3,660.
            pauses: first and last day of times in which it stands still, in any order.

        Raises:
            ValueError: the days are out of range.
            HolidaysUnknown: the deadline reaches into a year whose list of holidays is missing.
        """
        if not 0 <= days <= LONGEST_DEADLINE_DAYS:
            raise ValueError(f"a deadline has 0 to {LONGEST_DEADLINE_DAYS} working days")
        if not pauses and (day, days) in self._ends:  # the same few deadlines all day long
            return self._ends[day, days]
        end, left = day, days
        while left > 0:
            end += timedelta(days=1)
            is_paused = any(first < end <= last for first, last in pauses)
            left -= self.is_working_day(end) and not is_paused
        if not pauses and len(self._ends) < _MOST_ENDS:
            self._ends[day, days] = end
        return end

    def known_working_days(self, after: date, last: date) -> int:
        """Count the working days after a day, up to the last one included.

        Of days in a year without a list of holidays none is counted, so there may be more.
        """
        days = (after + timedelta(days=number) for number in range(1, (last - after).days + 1))
        return sum(day.year in self.sources and self.is_working_day(day) for day in days)

    def knows(self, first: date, last: date) -> bool:
        """Whether the lists of all years from one day to another are there."""
        return all(year in self.sources for year in range(first.year, last.year + 1))

    def estimated(self, day: date, days: int, pauses: Sequence[Pause] = ()) -> date:
        """Return the day on which so many working days end, also where lists are missing.

        In a year without a list Fridays and Saturdays alone are off. That is a promise to nobody
        (see `knows`): it says when somebody looks again.
        """
        try:
            return self.add_working_days(day, days, pauses)
        except HolidaysUnknown:
            while days > 0:
                day += timedelta(days=1)
                if any(first < day <= last for first, last in pauses):
                    continue
                is_known = day.year in self.sources
                days -= self.is_working_day(day) if is_known else not is_weekend(day)
            return day

    def is_overdue(self, last_day: date, at: datetime) -> bool:
        """Whether a last day is over, and its citizen was told: at 09:00 of the next working day.

        What was told is not taken back by an order that comes later.
        """
        told_on = self.estimated(last_day, 1)
        return at >= datetime.combine(told_on, OFFICES_OPEN_AT, DHAKA)

    def missing_year(self, today: date) -> int | None:
        """Return the year whose list of holidays is missing; None if there is none.

        The gazette has the list of the next year in October or November, so from November on the
        next year's must be there too.
        """
        has_next = today.month >= _NEXT_LIST_BY_MONTH
        years = [today.year, today.year + 1] if has_next else [today.year]
        return next((year for year in years if year not in self.sources), None)

    def is_office_open_since_morning(self, at: datetime) -> bool:
        """Whether a moment is on a working day, at 09:00 in Dhaka or later.

        On a day of a year without a list of holidays it is not.
        """
        try:
            is_late = at.astimezone(DHAKA).time() >= OFFICES_OPEN_AT
            return is_late and self.is_working_day(dhaka_date(at))
        except HolidaysUnknown:
            return False


@cache
def reference_calendar() -> Calendar:
    """Return the calendar of the reference: the gazette's lists that the release has.

    They are those of the Ministry of Public Administration, and of later orders
    (`reference/holidays.json`). Nothing is estimated.
    """
    sources = {row["year"]: row["source"] for row in _years()}
    shut = frozenset(date.fromisoformat(row["date"]) for year in _years() for row in year["rows"])
    return Calendar(MappingProxyType(sources), shut)


def missing_year(today: date) -> int | None:
    """Return the year whose list of holidays the reference lacks; None if there is none."""
    return reference_calendar().missing_year(today)


def is_working_day(day: date) -> bool:
    """Whether government offices are open on a day, by the reference.

    Raises:
        HolidaysUnknown: the list of the day's year is missing.
    """
    return reference_calendar().is_working_day(day)


def is_office_open_since_morning(at: datetime) -> bool:
    """Whether a moment is on a working day of the reference, at 09:00 in Dhaka or later."""
    return reference_calendar().is_office_open_since_morning(at)


def add_working_days(day: date, days: int) -> date:
    """Return the working day of the reference on which a deadline of so many working days ends.

    Raises:
        ValueError: the days are out of range.
        HolidaysUnknown: the deadline reaches into a year whose list of holidays is missing.
    """
    return reference_calendar().add_working_days(day, days)


@cache
def _years() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(_FILE.read_text(encoding="utf-8"))["years"])
