"""Copies the calendar, and notes from which day on it has changed."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from libs.bangladesh.calendar import Calendar
from libs.calendars import calendar_of, with_events
from libs.contracts.catalogue import CalendarChanged
from libs.database.transaction import Transaction
from services.applications.calendar import queries
from services.applications.calendar.queries import Progress

CALENDAR_CHANGED: Final = "calendar_changed"
"""Notification sent on commit when days have changed."""


async def copy_years(tx: Transaction, events: Sequence[CalendarChanged]) -> None:
    """Store published years; last days are reckoned again from the first day that has changed.

    A repeat, or a version of before, changes nothing. After a restore of the catalogue a number
    comes again, perhaps with other days: the later event counts.
    """
    years, first = with_events(await queries.read_years(tx), events)
    await queries.save_years(tx, years)
    if first is not None:
        await queries.save_change(tx, first)
        tx.notify_on_commit(CALENDAR_CHANGED)


async def read_calendar(tx: Transaction) -> Calendar:
    """Return the calendar of the published years."""
    return calendar_of(await queries.read_years(tx))


async def lock_change(tx: Transaction) -> Progress | None:
    """Return how far last days are reckoned again, locked; None if there is nothing to do."""
    return await queries.lock_change(tx)


async def save_progress(tx: Transaction, after_day: date, after_id: UUID) -> None:
    """Store how far last days are reckoned again."""
    await queries.save_progress(tx, after_day, after_id)


async def end_change(tx: Transaction) -> None:
    """Note that all last days are reckoned again."""
    await queries.delete_change(tx)
