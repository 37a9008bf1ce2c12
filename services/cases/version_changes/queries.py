"""SQL of changes of open cases to a later version."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from services.cases.version_changes.rules import VersionChange, Way


async def insert_change(tx: Transaction, change: VersionChange) -> bool:
    """Store a change; return False if another one of its workflow is under way."""
    inserted = await tx.execute(
        """
        INSERT INTO version_changes (
               change_id, workflow, version, from_version, state, planned_at, planned_by, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT DO NOTHING
        """,
        change.change_id,
        change.workflow,
        change.version,
        change.from_version,
        change.state,
        change.planned_at,
        change.planned_by,
        change.reason,
    )
    return inserted == 1


async def update_change(tx: Transaction, change: VersionChange) -> None:
    """Store how far a change has come."""
    await tx.execute(
        """
        UPDATE version_changes
           SET state = $2, cursor = $3, started_at = $4, started_by = $5, ended_at = $6
         WHERE change_id = $1
        """,
        change.change_id,
        change.state,
        change.cursor,
        change.started_at,
        change.started_by,
        change.ended_at,
    )


async def lock_change(tx: Transaction, change_id: UUID) -> VersionChange | None:
    """Read a change with its counts; its row is locked."""
    rows = await tx.fetch(
        """
        SELECT change_id, workflow, version, from_version, state, cursor, planned_at, planned_by,
               reason, started_at, started_by, ended_at
          FROM version_changes
         WHERE change_id = $1
           FOR UPDATE
        """,
        change_id,
    )
    return next(iter(await _with_counts(tx, rows)), None)


async def read_change(tx: Transaction, change_id: UUID) -> VersionChange | None:
    """Read a change with its counts."""
    rows = await tx.fetch(
        """
        SELECT change_id, workflow, version, from_version, state, cursor, planned_at, planned_by,
               reason, started_at, started_by, ended_at
          FROM version_changes
         WHERE change_id = $1
        """,
        change_id,
    )
    return next(iter(await _with_counts(tx, rows)), None)


async def lock_next_change(tx: Transaction) -> VersionChange | None:
    """Lock the change that was planned first, of those that count or move; without its counts."""
    row = await tx.fetchrow(
        """
        SELECT change_id, workflow, version, from_version, state, cursor, planned_at, planned_by,
               reason, started_at, started_by, ended_at
          FROM version_changes
         WHERE state IN ('counting', 'moving')
         ORDER BY planned_at, change_id
         LIMIT 1
           FOR UPDATE SKIP LOCKED
        """
    )
    return VersionChange(**row) if row else None


async def read_changes(tx: Transaction, *, after: UUID | None, limit: int) -> list[VersionChange]:
    """Read the last changes with their counts, the newest first; with `after`, those behind it."""
    rows = await tx.fetch(
        """
        SELECT change_id, workflow, version, from_version, state, cursor, planned_at, planned_by,
               reason, started_at, started_by, ended_at
          FROM version_changes
         WHERE $1::uuid IS NULL OR change_id < $1
         ORDER BY change_id DESC
         LIMIT $2
        """,
        after,
        limit,
    )
    return await _with_counts(tx, rows)


async def add_counts(
    tx: Transaction, change_id: UUID, ways: Mapping[Way, int], *, is_done: bool
) -> None:
    """Add to the counts of a change."""
    await tx.execute(
        """
        INSERT INTO version_change_counts (change_id, is_done, from_step, to_step, cases)
        SELECT $1, $2, from_step, to_step, cases
          FROM unnest($3::text[], $4::text[], $5::bigint[]) AS given (from_step, to_step, cases)
            ON CONFLICT (change_id, is_done, from_step, to_step)
            DO UPDATE SET cases = version_change_counts.cases + excluded.cases
        """,
        change_id,
        is_done,
        [way.from_step for way in ways],
        [way.to_step for way in ways],
        list(ways.values()),
    )


async def read_told(tx: Transaction, change_id: UUID, case_ids: Collection[UUID]) -> set[UUID]:
    """Return those cases that led to a message about a change."""
    rows = await tx.fetch(
        """
        SELECT case_id
          FROM version_changes_told
         WHERE case_id = ANY($2::uuid[]) AND change_id = $1
        """,
        change_id,
        list(case_ids),
    )
    return {row["case_id"] for row in rows}


async def insert_told(tx: Transaction, change_id: UUID, case_ids: Collection[UUID]) -> None:
    """Note of which cases the citizens got a message."""
    await tx.execute(
        """
        INSERT INTO version_changes_told (case_id, change_id)
        SELECT case_id, $1 FROM unnest($2::uuid[]) AS given (case_id)
        """,
        change_id,
        list(case_ids),
    )


async def delete_told(tx: Transaction, case_ids: Collection[UUID]) -> None:
    """Delete which cases led to a message."""
    await tx.execute(
        "DELETE FROM version_changes_told WHERE case_id = ANY($1::uuid[])", list(case_ids)
    )


async def _with_counts(tx: Transaction, rows: Sequence[Any]) -> list[VersionChange]:
    changes = {row["change_id"]: VersionChange(**row) for row in rows}
    counts = await tx.fetch(
        """
        SELECT change_id, is_done, from_step, to_step, cases
          FROM version_change_counts
         WHERE change_id = ANY($1::uuid[])
         ORDER BY from_step, to_step
        """,
        list(changes),
    )
    for row in counts:
        change = changes[row["change_id"]]
        counted: Counter[Way] = change.done if row["is_done"] else change.planned
        counted[Way(row["from_step"], row["to_step"])] += row["cases"]
    return list(changes.values())
