"""SQL of the calendar."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from libs.calendars import Year
from libs.contracts.catalogue import CalendarDay
from libs.database.transaction import Transaction

YearRow = tuple[int, int, str, str]
"""Year, version, source, and days as JSON."""

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


async def read_years(tx: Transaction) -> tuple[YearRow, ...]:
    """Read all years."""
    rows = await tx.fetch("SELECT year, version, source, days FROM calendar_years ORDER BY year")
    return tuple((row["year"], row["version"], row["source"], row["days"]) for row in rows)


def year_of(row: YearRow) -> Year:
    """Return a year of its row."""
    year, version, source, days = row
    return Year(year, version, source, _DAYS.validate_json(days))
