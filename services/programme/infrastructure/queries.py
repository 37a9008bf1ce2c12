"""SQL of measures; rows are only added."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from libs.contracts.rollout import MeasureKind
from libs.database.transaction import Transaction
from services.programme.infrastructure.rules import Content, Measure


async def insert_measure(tx: Transaction, measure: Measure) -> bool:
    """Add a measure; return False if it is there already."""
    inserted: int = await tx.fetchval(
        """
        WITH added AS (
            INSERT INTO measures (measure_id, place, kind, day, content, evidence, recorded_by,
                                  recorded_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                ON CONFLICT (measure_id) DO NOTHING
            RETURNING measure_id, place, kind, day, recorded_at
        ), newest AS (
            INSERT INTO newest_measures AS stored (place, kind, measure_id, day, recorded_at,
                                                   green_until)
            SELECT place, kind, measure_id, day, recorded_at, $9 FROM added
                ON CONFLICT (place, kind) DO UPDATE
               SET measure_id = excluded.measure_id, day = excluded.day,
                   recorded_at = excluded.recorded_at, green_until = excluded.green_until
             WHERE (stored.day, stored.recorded_at) < (excluded.day, excluded.recorded_at)
        )
        SELECT count(*) FROM added
        """,
        measure.measure_id,
        measure.place,
        measure.kind,
        measure.day,
        measure.content.model_dump_json(exclude_none=True),
        measure.evidence,
        measure.recorded_by,
        measure.recorded_at,
        measure.valid_until if measure.is_enough else None,
    )
    return inserted == 1


async def read_newest(
    tx: Transaction, places: Collection[str]
) -> dict[str, dict[MeasureKind, Measure]]:
    """Read the newest measure of each kind, by place."""
    rows = await tx.fetch(
        """
        SELECT measure_id, place, kind, day, content, evidence, recorded_by, recorded_at
          FROM measures
         WHERE measure_id = ANY(ARRAY(
               SELECT newest.measure_id
                 FROM newest_measures AS newest
                WHERE newest.place = ANY($1::text[])))
        """,
        list(places),
    )
    found: dict[str, dict[MeasureKind, Measure]] = {place: {} for place in places}
    for row in rows:
        found[row["place"]][row["kind"]] = _measure(row)
    return found


async def count_green(tx: Transaction, places: Collection[str], today: date) -> dict[str, int]:
    """Count the kinds of which the newest measure is enough on a day, by place."""
    rows = await tx.fetch(
        """
        SELECT place, count(*) AS green
          FROM newest_measures
         WHERE place = ANY($1::text[]) AND green_until >= $2
         GROUP BY place
        """,
        list(places),
        today,
    )
    return {row["place"]: row["green"] for row in rows}


async def read_measures(
    tx: Transaction, place: str, *, after: UUID | None, limit: int
) -> list[Measure]:
    """Read the measures of a place, the newest first; with `after`, those behind it."""
    rows = await tx.fetch(
        """
        SELECT measure_id, place, kind, day, content, evidence, recorded_by, recorded_at
          FROM measures
         WHERE place = $1
           AND ($2::uuid IS NULL
                OR (day, recorded_at, measure_id)
                   < (SELECT last.day, last.recorded_at, last.measure_id
                        FROM measures AS last
                       WHERE last.measure_id = $2))
         ORDER BY day DESC, recorded_at DESC, measure_id DESC
         LIMIT $3
        """,
        place,
        after,
        limit,
    )
    return [_measure(row) for row in rows]


def _measure(row: Any) -> Measure:
    return Measure(**{**row, "content": Content.model_validate_json(row["content"])})
