"""SQL of counts."""

from collections.abc import Mapping
from datetime import date

from libs.database.transaction import Transaction
from services.programme.figures.rules import Key
from services.programme.figures.sums import Sum


async def add_counts(tx: Transaction, counts: Mapping[Key, int]) -> None:
    """Add to counts in the order of their keys, so that no two transactions wait in a circle."""
    keys = sorted(counts)
    await tx.execute(
        """
        INSERT INTO counts AS stored (day, public_service_id, ministry, metric, number)
        SELECT *
          FROM unnest($1::date[], $2::text[], $3::text[], $4::text[], $5::bigint[])
               AS added (day, public_service_id, ministry, metric, number)
            ON CONFLICT (day, public_service_id, ministry, metric)
            DO UPDATE SET number = stored.number + excluded.number
        """,
        [key.day for key in keys],
        [key.public_service_id for key in keys],
        [key.ministry for key in keys],
        [key.metric for key in keys],
        [counts[key] for key in keys],
    )


async def read_sums(tx: Transaction, today: date) -> list[Sum]:
    """Read what was counted on a day, in the 7 and in the 30 days that end with it."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, metric, sum(number) FILTER (WHERE day = $1)::bigint AS of_day,
               sum(number) FILTER (WHERE day > $1 - 7)::bigint AS of_week,
               sum(number)::bigint AS of_month
          FROM counts
         WHERE day > $1 - 30 AND day <= $1
         GROUP BY public_service_id, metric
        """,
        today,
    )
    return [
        Sum(
            row["public_service_id"],
            row["metric"],
            row["of_day"] or 0,
            row["of_week"] or 0,
            row["of_month"],
        )
        for row in rows
    ]


async def read_first_day(tx: Transaction) -> date | None:
    """Read the first day on which something was counted; None before."""
    day: date | None = await tx.fetchval("SELECT min(day) FROM counts")
    return day
