"""SQL of the stages of areas."""

from collections.abc import Collection
from datetime import date, datetime

from libs.contracts.programme import AreaStage
from libs.contracts.rollout import StageFact, Stops
from libs.database.transaction import Transaction
from services.programme.rollout.rules import Stage


async def read_stages(tx: Transaction, areas: Collection[str]) -> dict[str, Stage]:
    """Read the stages of areas; one that was never opened is left out."""
    rows = await tx.fetch(
        "SELECT area, stage, since FROM area_stages WHERE area = ANY($1::text[])", list(areas)
    )
    return {row["area"]: Stage(row["stage"], row["since"]) for row in rows}


async def list_in_stage(tx: Transaction, stage: AreaStage) -> list[str]:
    """List the areas that are in a stage; of those that are planned only some have a row."""
    rows = await tx.fetch("SELECT area FROM area_stages WHERE stage = $1", stage)
    return [row["area"] for row in rows]


async def insert_planned(tx: Transaction, area: str) -> None:
    """Add the row of an area, so that it can be locked; one that is there stays."""
    await tx.execute(
        """
        INSERT INTO area_stages (area, stage)
        VALUES ($1, 'planned')
            ON CONFLICT (area) DO NOTHING
        """,
        area,
    )


async def lock_stages(tx: Transaction, areas: Collection[str]) -> dict[str, Stage]:
    """Read the stages of areas, and lock their rows until the transaction ends."""
    rows = await tx.fetch(
        """
        SELECT area, stage, since FROM area_stages
         WHERE area = ANY($1::text[])
         ORDER BY area
           FOR UPDATE
        """,
        list(areas),
    )
    return {row["area"]: Stage(row["stage"], row["since"]) for row in rows}


async def save_stage(tx: Transaction, area: str, fact: StageFact) -> None:
    """Store the stage of an area, and who set it when and why."""
    await tx.execute(
        "UPDATE area_stages SET stage = $2, since = $3 WHERE area = $1", area, fact.stage, fact.at
    )
    await tx.execute(
        """
        INSERT INTO stage_facts (area, stage, at, reason, by_whom, stopped)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        area,
        fact.stage,
        fact.at,
        fact.reason,
        fact.by,
        fact.stopped.model_dump_json() if fact.stopped else None,
    )


async def read_history(tx: Transaction, area: str, *, limit: int) -> list[StageFact]:
    """Read when an area was opened or paused, the newest first."""
    rows = await tx.fetch(
        """
        SELECT stage, at, reason, by_whom, stopped FROM stage_facts
         WHERE area = $1
         ORDER BY at DESC
         LIMIT $2
        """,
        area,
        limit,
    )
    return [
        StageFact(
            stage=row["stage"],
            at=row["at"],
            reason=row["reason"],
            by=row["by_whom"],
            stopped=Stops.model_validate_json(row["stopped"]) if row["stopped"] else None,
        )
        for row in rows
    ]


async def read_changes(
    tx: Transaction, areas: Collection[str]
) -> dict[str, list[tuple[datetime, AreaStage]]]:
    """Read when areas were opened or paused, by area, the oldest first."""
    rows = await tx.fetch(
        "SELECT area, at, stage FROM stage_facts WHERE area = ANY($1::text[]) ORDER BY at",
        list(areas),
    )
    found: dict[str, list[tuple[datetime, AreaStage]]] = {area: [] for area in areas}
    for row in rows:
        found[row["area"]].append((row["at"], row["stage"]))
    return found


async def count_qualified(
    tx: Transaction, service_centre_ids: Collection[str], course_ids: Collection[str], day: date
) -> dict[str, int]:
    """Count the active uddoktas with a qualification of each of these courses, by centre."""
    rows = await tx.fetch(
        """
        SELECT service_centre_id, count(*) AS qualified
          FROM people
         WHERE service_centre_id = ANY($1::text[]) AND audience = 'uddokta' AND active
           AND (SELECT count(DISTINCT course)
                  FROM qualifications AS held
                 WHERE held.holder_id = people.holder_id AND course = ANY($2::text[])
                   AND $3 BETWEEN valid_from AND valid_until) = cardinality($2::text[])
         GROUP BY service_centre_id
        """,
        list(service_centre_ids),
        list(course_ids),
        day,
    )
    return {row["service_centre_id"]: row["qualified"] for row in rows}
