"""SQL of counts of help at centres."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from libs.database.transaction import Transaction
from services.programme.assistance.rules import Key


class Row(NamedTuple):
    """What was counted at a place about a public service."""

    place: str
    public_service_id: str
    metric: str
    number: int


class Sum(NamedTuple):
    """What was counted in the country on a day, and in the 7 and the 30 days that end with it."""

    metric: str
    of_day: int
    of_week: int
    of_month: int


async def add_counts(tx: Transaction, counts: Mapping[Key, int]) -> None:
    """Add to counts in the order of their keys, so that no two transactions wait in a circle."""
    keys = sorted(counts)
    await tx.execute(
        """
        INSERT INTO assistance_counts AS stored (place, day, public_service_id, metric, number)
        SELECT *
          FROM unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::bigint[])
               AS added (place, day, public_service_id, metric, number)
            ON CONFLICT (place, day, public_service_id, metric)
            DO UPDATE SET number = stored.number + excluded.number
        """,
        [key.place for key in keys],
        [key.day for key in keys],
        [key.public_service_id for key in keys],
        [key.metric for key in keys],
        [counts[key] for key in keys],
    )


async def read_rows(
    tx: Transaction, places: Collection[str], first: date, last: date
) -> Sequence[Row]:
    """Read what was counted at places from one day to another, both included."""
    rows = await tx.fetch(
        """
        SELECT place, public_service_id, metric, sum(number)::bigint AS number
          FROM assistance_counts
         WHERE place = ANY($1::text[]) AND day BETWEEN $2 AND $3
         GROUP BY place, public_service_id, metric
        """,
        list(places),
        first,
        last,
    )
    return [Row(**row) for row in rows]


async def read_sums(tx: Transaction, place: str, today: date) -> Sequence[Sum]:
    """Read what was counted at a place on a day, in the 7 and in the 30 days that end with it."""
    rows = await tx.fetch(
        """
        SELECT metric, coalesce(sum(number) FILTER (WHERE day = $2), 0)::bigint AS of_day,
               coalesce(sum(number) FILTER (WHERE day > $2 - 7), 0)::bigint AS of_week,
               sum(number)::bigint AS of_month
          FROM assistance_counts
         WHERE place = $1 AND day > $2 - 30 AND day <= $2
         GROUP BY metric
        """,
        place,
        today,
    )
    return [Sum(**row) for row in rows]


async def read_first_day(tx: Transaction, place: str) -> date | None:
    """Read the first day on which something was counted at a place; None before."""
    first: date | None = await tx.fetchval(
        "SELECT min(day) FROM assistance_counts WHERE place = $1", place
    )
    return first
