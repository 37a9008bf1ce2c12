"""Copies the calendar, and reads it."""

from collections.abc import Sequence
from functools import lru_cache

from libs.bangladesh.calendar import Calendar
from libs.calendars import calendar_of, with_events
from libs.contracts.catalogue import CalendarChanged
from libs.database.transaction import Transaction
from services.programme.calendar import queries
from services.programme.calendar.queries import YearRow


async def copy_years(tx: Transaction, events: Sequence[CalendarChanged]) -> None:
    """Store published years; a repeat, or a version of before, changes nothing."""
    known = [queries.year_of(row) for row in await queries.read_years(tx)]
    years, _ = with_events(known, events)
    await queries.save_years(tx, years)


async def read_calendar(tx: Transaction) -> Calendar:
    """Return the calendar of the published years; the same object until one changes."""
    return _calendar(await queries.read_years(tx))


@lru_cache(maxsize=4)
def _calendar(rows: tuple[YearRow, ...]) -> Calendar:
    return calendar_of(queries.year_of(row) for row in rows)
