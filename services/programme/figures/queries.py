"""SQL of counts."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from libs.contracts.applications import DayRecounted
from libs.database.transaction import Transaction
from services.programme.figures.rules import Key
from services.programme.figures.sums import Days, Lost, Recount, Sum


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


async def read_week(tx: Transaction, first: date, last: date) -> dict[str, dict[str, int]]:
    """Read what was counted from one day to another, both included, by public service."""
    rows = await tx.fetch(
        """
        SELECT public_service_id, metric, sum(number)::bigint AS number
          FROM counts
         WHERE day BETWEEN $1 AND $2
         GROUP BY public_service_id, metric
        """,
        first,
        last,
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["public_service_id"], {})[row["metric"]] = row["number"]
    return found


async def read_week_by_body(
    tx: Transaction, public_service_id: str, first: date, last: date
) -> dict[str, dict[str, int]]:
    """Read what was counted of one public service, by the body that had the applications."""
    rows = await tx.fetch(
        """
        SELECT ministry, metric, sum(number)::bigint AS number
          FROM counts
         WHERE day BETWEEN $1 AND $2 AND public_service_id = $3
         GROUP BY ministry, metric
        """,
        first,
        last,
        public_service_id,
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["ministry"], {})[row["metric"]] = row["number"]
    return found


async def read_recount(tx: Transaction, day: date) -> Recount | None:
    """Read how the recount of a day differs from what events say; None before there is one."""
    row = await tx.fetchrow(
        """
        WITH counted AS (
            SELECT public_service_id, sum(number) AS submitted
              FROM counts
             WHERE day = $1 AND metric = 'submitted'
             GROUP BY public_service_id
        ), recounted AS (
            SELECT public_service_id, submitted FROM recounts WHERE day = $1
        ), differing AS (
            SELECT coalesce(recounted.submitted, 0) - coalesce(counted.submitted, 0) AS missing
              FROM recounted
              FULL JOIN counted USING (public_service_id)
        )
        SELECT coalesce(sum(missing) FILTER (WHERE missing > 0), 0)::bigint AS missing,
               coalesce(-sum(missing) FILTER (WHERE missing < 0), 0)::bigint AS too_many
          FROM differing
        HAVING EXISTS (SELECT FROM recounted_days WHERE day = $1)
        """,
        day,
    )
    return Recount(**row) if row else None


async def read_lost_between(tx: Transaction, first: date, last: date) -> tuple[int, int]:
    """Read of days how many applications events have not counted, and how many were recounted."""
    row = await tx.fetchrow(
        """
        WITH counted AS (
            SELECT day, public_service_id, sum(number) AS submitted
              FROM counts
             WHERE metric = 'submitted' AND day BETWEEN $1 AND $2
             GROUP BY day, public_service_id
        ), recounted AS (
            SELECT day, public_service_id, submitted FROM recounts WHERE day BETWEEN $1 AND $2
        )
        SELECT (SELECT coalesce(sum(greatest(recounted.submitted - coalesce(counted.submitted, 0),
                                             0)), 0)::bigint
                  FROM recounted
                  LEFT JOIN counted USING (day, public_service_id)) AS missing,
               (SELECT count(*) FROM recounted_days WHERE day BETWEEN $1 AND $2) AS days
        """,
        first,
        last,
    )
    assert row is not None  # noqa: S101 -- a row of aggregates
    return row["missing"], row["days"]


async def note_recounted(tx: Transaction, days: Mapping[date, datetime]) -> set[date]:
    """Note when days were counted again; return those of which no newer count is there."""
    rows = await tx.fetch(
        """
        INSERT INTO recounted_days (day, counted_at)
        SELECT *
          FROM unnest($1::date[], $2::timestamptz[]) AS given (day, counted_at)
            ON CONFLICT (day) DO UPDATE SET counted_at = excluded.counted_at
         WHERE recounted_days.counted_at < excluded.counted_at
        RETURNING day
        """,
        list(days),
        list(days.values()),
    )
    return {row["day"] for row in rows}


async def replace_recounts(tx: Transaction, days: Sequence[DayRecounted]) -> None:
    """Put what was counted again of days in the place of what was counted before."""
    await tx.execute("DELETE FROM recounts WHERE day = ANY($1)", [counted.day for counted in days])
    rows = [(counted.day, service) for counted in days for service in counted.counts]
    await tx.execute(
        """
        INSERT INTO recounts (day, public_service_id, submitted)
        SELECT *
          FROM unnest($1::date[], $2::text[], $3::bigint[])
               AS given (day, public_service_id, submitted)
        """,
        [day for day, _ in rows],
        [service.public_service_id for _, service in rows],
        [service.submitted for _, service in rows],
    )


async def read_lost(tx: Transaction, first: date | None) -> Lost:
    """Compare what was counted again with what events have counted, of the days after the first.

    A day before the first one that was counted has no events to compare with, and of that first day
    some may be missing.
    """
    row = await tx.fetchrow(
        """
        WITH counted AS (
            SELECT day, public_service_id, sum(number) AS submitted
              FROM counts
             WHERE metric = 'submitted'
               AND day IN (SELECT day FROM recounted_days)
             GROUP BY day, public_service_id
        ), compared AS (
            SELECT recounted_days.day, counted_at
              FROM recounted_days
             WHERE recounted_days.day > $1
        ), differences AS (
            SELECT coalesce(recounts.submitted, 0) - coalesce(counted.submitted, 0) AS difference
              FROM recounts
              FULL JOIN counted USING (day, public_service_id)
             WHERE day IN (SELECT day FROM compared)
        )
        SELECT (SELECT coalesce(sum(difference) FILTER (WHERE difference > 0), 0)::bigint
                  FROM differences) AS lost,
               (SELECT coalesce(-sum(difference) FILTER (WHERE difference < 0), 0)::bigint
                  FROM differences) AS counted_twice,
               (SELECT count(*) FROM compared) AS days,
               (SELECT max(counted_at) FROM compared) AS counted_at
        """,
        first,
    )
    assert row is not None  # noqa: S101 -- a row of aggregates
    return Lost(row["lost"], row["counted_twice"], row["days"], row["counted_at"])


async def read_days(tx: Transaction) -> Days | None:
    """Read the first and the last day on which something was counted; None before."""
    row = await tx.fetchrow("SELECT min(day) AS first, max(day) AS last FROM counts")
    return Days(row["first"], row["last"]) if row and row["first"] else None
