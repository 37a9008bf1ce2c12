"""The calendar of the years that the catalogue publishes; each reader keeps a copy of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from libs.bangladesh.calendar import Calendar, reference_calendar
from libs.bangladesh.text import parse_int
from libs.contracts.catalogue import CalendarChanged, CalendarDay


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


def with_events(
    known: Iterable[Year], events: Iterable[CalendarChanged]
) -> tuple[list[Year], date | None]:
    """Return years after events, and the first day that they have changed; None if none has.

    A repeat, or a version of before, changes nothing. After a restore of the catalogue a number
    comes again, perhaps with other days: the later event counts.
    """
    years = {year.year: year for year in known}
    changed = []
    for event in sorted(events, key=lambda event: event.version):
        year = Year(parse_int(event.year), event.version, event.source, event.days)
        before = years.get(year.year)
        if before is not None and before.version > year.version:
            continue
        changed.append(first_difference(before, year))
        years[year.year] = year
    return list(years.values()), min((day for day in changed if day), default=None)


def first_difference(before: Year | None, after: Year) -> date | None:
    """Return the first day on which two versions of a year differ; None if no day does."""
    if before is None:
        return date(after.year, 1, 1)
    old = {(day.day, day.working) for day in before.days}
    new = {(day.day, day.working) for day in after.days}
    return min((day for day, _ in old ^ new), default=None)
