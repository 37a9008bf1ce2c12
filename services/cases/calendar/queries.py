"""SQL of the calendar, and of how far days are reckoned again."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import TypeAdapter

from libs.calendars import Year
from libs.contracts.catalogue import CalendarDay
from libs.database.transaction import Transaction

_DAYS = TypeAdapter(tuple[CalendarDay, ...])


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


async def read_years(tx: Transaction) -> tuple[tuple[int, int, str, str], ...]:
    """Read all years: year, version, source, and their days as JSON."""
    rows = await tx.fetch("SELECT year, version, source, days FROM calendar_years ORDER BY year")
    return tuple((row["year"], row["version"], row["source"], row["days"]) for row in rows)


def year_of(row: tuple[int, int, str, str]) -> Year:
    """Return a year of its row."""
    year, version, source, days = row
    return Year(year, version, source, _DAYS.validate_json(days))


async def save_progress(tx: Transaction, after_id: UUID) -> None:
    """Store up to which application days are reckoned again."""
    await tx.execute(
        """
        INSERT INTO calendar_changes (is_there, after_id) VALUES (true, $1)
            ON CONFLICT (is_there) DO UPDATE SET after_id = excluded.after_id
        """,
        after_id,
    )


async def lock_progress(tx: Transaction) -> UUID | None:
    """Read up to where days are reckoned again, and lock that; None if there is nothing to do."""
    found: UUID | None = await tx.fetchval(
        "SELECT after_id FROM calendar_changes FOR UPDATE SKIP LOCKED"
    )
    return found


async def delete_progress(tx: Transaction) -> None:
    """Note that all days are reckoned again."""
    await tx.execute("DELETE FROM calendar_changes")
