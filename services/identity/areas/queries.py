"""SQL of the stages of areas."""

from collections.abc import Collection, Sequence

from libs.contracts.programme import AreaStage, AreaStageChanged
from libs.database.transaction import Transaction


async def save_stages(tx: Transaction, changes: Sequence[AreaStageChanged]) -> set[str]:
    """Store the newest stages, in any order of arrival; return the areas that have another one."""
    rows = await tx.fetch(
        """
        INSERT INTO area_stages (area, stage, changed_at)
        SELECT DISTINCT ON (area) *
          FROM unnest($1::text[], $2::text[], $3::timestamptz[])
               AS saved (area, stage, changed_at)
         ORDER BY area, changed_at DESC
            ON CONFLICT (area) DO UPDATE
               SET stage = excluded.stage, changed_at = excluded.changed_at
             WHERE area_stages.changed_at < excluded.changed_at
        RETURNING area
        """,
        [change.area for change in changes],
        [change.stage for change in changes],
        [change.occurred_at for change in changes],
    )
    return {row["area"] for row in rows}


async def read_stages(tx: Transaction, areas: Collection[str]) -> dict[str, AreaStage]:
    """Read the stages of areas, and keep their rows as they are until the transaction ends."""
    rows = await tx.fetch(
        "SELECT area, stage FROM area_stages WHERE area = ANY($1::text[]) ORDER BY area FOR SHARE",
        list(areas),
    )
    return {row["area"]: row["stage"] for row in rows}
