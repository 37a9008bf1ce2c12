"""Copies the calendar, and notes that it has changed."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import Calendar
from libs.bangladesh.text import parse_int
from libs.calendars import Year, calendar_of, first_difference
from libs.contracts.catalogue import CalendarChanged
from libs.database.transaction import Transaction
from services.cases.calendar import queries

CALENDAR_CHANGED: Final = "calendar_changed"
"""Notification sent on commit when days have changed."""

_FIRST: Final = UUID(int=0)


async def copy_years(tx: Transaction, events: Sequence[CalendarChanged]) -> None:
    """Store published years; if days have changed, those of open cases are reckoned again.

    A repeat, or a version of before, changes nothing. After a restore of the catalogue a number
    comes again, perhaps with other days: the later event counts.
    """
    known = {row[0]: queries.year_of(row) for row in await queries.read_years(tx)}
    is_changed = False
    for event in sorted(events, key=lambda event: event.version):
        year = Year(parse_int(event.year), event.version, event.source, event.days)
        before = known.get(year.year)
        if before is not None and before.version > year.version:
            continue
        is_changed |= first_difference(before, year) is not None
        known[year.year] = year
    await queries.save_years(tx, list(known.values()))
    if is_changed:
        await queries.save_progress(tx, _FIRST)
        tx.notify_on_commit(CALENDAR_CHANGED)


async def read_calendar(tx: Transaction) -> Calendar:
    """Return the calendar of the published years."""
    return _calendar(await queries.read_years(tx))


async def lock_progress(tx: Transaction) -> UUID | None:
    """Return the application up to which days are reckoned again, locked; None if all are."""
    return await queries.lock_progress(tx)


async def save_progress(tx: Transaction, after: UUID | None) -> None:
    """Store up to which application days are reckoned again; None for all."""
    if after is None:
        await queries.delete_progress(tx)
    else:
        await queries.save_progress(tx, after)


@lru_cache(maxsize=4)
def _calendar(rows: tuple[tuple[int, int, str, str], ...]) -> Calendar:
    return calendar_of(queries.year_of(row) for row in rows)
