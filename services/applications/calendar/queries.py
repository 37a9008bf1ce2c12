"""SQL of the calendar, and of the last days that it moves."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from pydantic import TypeAdapter

from libs.calendars import Year
from libs.contracts.catalogue import CalendarDay
from libs.database.transaction import Transaction

_DAYS = TypeAdapter(tuple[CalendarDay, ...])


class Progress(NamedTuple):
    """How far the last days are reckoned again."""

    from_day: date
    after_day: date
    after_id: UUID


async def save_years(tx: Transaction, years: Sequence[Year]) -> None:
    """Store years; one that is stored in a later version stays."""
    await tx.execute(
        """
        INSERT INTO calendar_years (year, version, source, days)
        SELECT year, version, source, days
          FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])
               AS given (year, version, source, days)
            ON CONFLICT (year) DO UPDATE
           SET version = excluded.version, source = excluded.source, days = excluded.days
         WHERE calendar_years.version <= excluded.version
        """,
        [year.year for year in years],
        [year.version for year in years],
        [year.source for year in years],
        [_DAYS.dump_json(year.days).decode() for year in years],
    )


async def read_years(tx: Transaction) -> list[Year]:
    """Read all years."""
    rows = await tx.fetch("SELECT year, version, source, days FROM calendar_years ORDER BY year")
    return [Year(**{**row, "days": _DAYS.validate_json(row["days"])}) for row in rows]


async def save_change(tx: Transaction, from_day: date) -> None:
    """Note that days from one on have changed: last days are reckoned again, from the first on."""
    await tx.execute(
        """
        INSERT INTO calendar_changes (is_there, from_day, after_day, after_id)
        VALUES (true, $1::date, $1::date - 1, $2)
            ON CONFLICT (is_there) DO UPDATE
           SET from_day = least(calendar_changes.from_day, excluded.from_day),
               after_day = least(calendar_changes.from_day, excluded.from_day) - 1,
               after_id = excluded.after_id
        """,
        from_day,
        UUID(int=0),
    )


async def lock_change(tx: Transaction) -> Progress | None:
    """Read how far last days are reckoned again, and lock that; None if there is nothing to do."""
    row = await tx.fetchrow(
        """
        SELECT from_day, after_day, after_id
          FROM calendar_changes
           FOR UPDATE SKIP LOCKED
        """
    )
    return Progress(**row) if row else None


async def save_progress(tx: Transaction, after_day: date, after_id: UUID) -> None:
    """Store how far last days are reckoned again."""
    await tx.execute(
        "UPDATE calendar_changes SET after_day = $1, after_id = $2", after_day, after_id
    )


async def delete_change(tx: Transaction) -> None:
    """Note that all last days are reckoned again."""
    await tx.execute("DELETE FROM calendar_changes")
