"""Copies the calendar, and notes that it has changed."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import Calendar
from libs.calendars import calendar_of, with_events
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
    known = [queries.year_of(row) for row in await queries.read_years(tx)]
    years, first = with_events(known, events)
    await queries.save_years(tx, years)
    if first is not None:
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
