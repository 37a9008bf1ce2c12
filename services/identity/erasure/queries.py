"""SQL of erasures and of the services' confirmations."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import orjson

from libs.database.transaction import Transaction
from services.identity.erasure.rules import Erasure, OpenErasure


async def insert_erasure(tx: Transaction, erasure: Erasure) -> bool:
    """Insert an erasure; return whether there was none of this citizen."""
    return bool(
        await tx.execute(
            """
            INSERT INTO erasures (citizen_id, requested_at, due_at) VALUES ($1, $2, $3)
                ON CONFLICT (citizen_id) DO NOTHING
            """,
            erasure.citizen_id,
            erasure.requested_at,
            erasure.due_at,
        )
    )


async def read_erasure(tx: Transaction, citizen_id: UUID) -> Erasure | None:
    """Read the erasure of a citizen."""
    row = await tx.fetchrow(
        """
        SELECT citizen_id, requested_at, due_at, announced_at
          FROM erasures
         WHERE citizen_id = $1
        """,
        citizen_id,
    )
    return Erasure(**row) if row else None


async def delete_erasure(tx: Transaction, citizen_id: UUID) -> Erasure | None:
    """Delete the erasure of an account that is not closed; return it."""
    row = await tx.fetchrow(
        """
        DELETE FROM erasures
         WHERE citizen_id = $1 AND closed_at IS NULL
        RETURNING citizen_id, requested_at, due_at
        """,
        citizen_id,
    )
    return Erasure(**row) if row else None


async def close_due(tx: Transaction, at: datetime, limit: int) -> list[UUID]:
    """Mark at most `limit` due erasures as closed; return their citizens."""
    rows = await tx.fetch(
        """
        UPDATE erasures SET closed_at = $1
         WHERE citizen_id = ANY(ARRAY(
               SELECT citizen_id FROM erasures
                WHERE closed_at IS NULL AND due_at <= $1
                ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED))
        RETURNING citizen_id
        """,
        at,
        limit,
    )
    return [row["citizen_id"] for row in rows]


async def announce_closed(
    tx: Transaction, at: datetime, closed_until: datetime, limit: int
) -> list[UUID]:
    """Mark at most `limit` erasures closed until a time as announced; return their citizens."""
    rows = await tx.fetch(
        """
        UPDATE erasures SET announced_at = $1
         WHERE citizen_id = ANY(ARRAY(
               SELECT citizen_id FROM erasures
                WHERE announced_at IS NULL AND closed_at <= $2
                ORDER BY closed_at LIMIT $3 FOR UPDATE SKIP LOCKED))
        RETURNING citizen_id
        """,
        at,
        closed_until,
        limit,
    )
    return [row["citizen_id"] for row in rows]


async def lock_erasures(tx: Transaction, citizen_ids: Collection[UUID]) -> None:
    """Lock erasures until the transaction ends.

    Services confirm at the same time; the last one must see the others' confirmations.
    """
    await tx.execute(
        """
        SELECT FROM erasures WHERE citizen_id = ANY($1) ORDER BY citizen_id FOR UPDATE
        """,
        list(citizen_ids),
    )


async def insert_confirmation(
    tx: Transaction,
    citizen_id: UUID,
    service: str,
    at: datetime,
    deleted: Mapping[str, int],
    kept: Mapping[str, int],
) -> None:
    """Store a service's counts of deleted and kept rows; the first confirmation stands."""
    await tx.execute(
        """
        INSERT INTO erasure_confirmations (citizen_id, service, confirmed_at, deleted, kept)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (citizen_id, service) DO NOTHING
        """,
        citizen_id,
        service,
        at,
        orjson.dumps(deleted).decode(),
        orjson.dumps(kept).decode(),
    )


async def complete(
    tx: Transaction, citizen_ids: Collection[UUID], services: Collection[str], at: datetime
) -> None:
    """Mark as complete the erasures, out of these, that all services have confirmed."""
    await tx.execute(
        """
        UPDATE erasures SET completed_at = $3
         WHERE citizen_id = ANY($1) AND completed_at IS NULL
           AND $2::text[] <@ ARRAY(
               SELECT service FROM erasure_confirmations AS confirmed
                WHERE confirmed.citizen_id = erasures.citizen_id)
        """,
        list(citizen_ids),
        list(services),
        at,
    )


async def read_unconfirmed(
    tx: Transaction, announced_before: datetime, services: Collection[str], limit: int
) -> list[OpenErasure]:
    """Read announced erasures that a service has not confirmed, the oldest first."""
    rows = await tx.fetch(
        """
        SELECT citizen_id, requested_at, due_at, announced_at,
               ARRAY(SELECT wanted FROM unnest($2::text[]) AS wanted
                      WHERE wanted NOT IN (
                            SELECT service FROM erasure_confirmations AS confirmed
                             WHERE confirmed.citizen_id = erasures.citizen_id)
                      ORDER BY wanted) AS missing
          FROM erasures
         WHERE completed_at IS NULL AND announced_at < $1
         ORDER BY announced_at
         LIMIT $3
        """,
        announced_before,
        list(services),
        limit,
    )
    return [
        OpenErasure(missing=tuple(values.pop("missing")), erasure=Erasure(**values))
        for values in map(dict, rows)
    ]
