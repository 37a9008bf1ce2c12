"""The calendar of the years that the catalogue publishes; each reader keeps a copy of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from libs.bangladesh.calendar import Calendar, reference_calendar
from libs.contracts.catalogue import CalendarDay


@dataclass(frozen=True, slots=True)
class Year:
    """The days of a year on which offices are shut, or open on a day off."""

    year: int
    version: int
    source: str
    days: tuple[CalendarDay, ...]


def calendar_of(years: Iterable[Year]) -> Calendar:
    """Return the calendar; as long as no year was announced, that of the release."""
    known = list(years)
    if not known:
        return reference_calendar()
    days = [day for year in known for day in year.days]
    return Calendar(
        {year.year: year.source for year in known},
        frozenset(day.day for day in days if not day.working),
        frozenset(day.day for day in days if day.working),
    )


def first_difference(before: Year | None, after: Year) -> date | None:
    """Return the first day on which two versions of a year differ; None if no day does."""
    if before is None:
        return date(after.year, 1, 1)
    old = {(day.day, day.working) for day in before.days}
    new = {(day.day, day.working) for day in after.days}
    return min((day for day, _ in old ^ new), default=None)
