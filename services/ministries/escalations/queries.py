"""SQL of focal points, escalations, and their work lists."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.ministries.escalations.rules import Escalation, FocalPoint, WaitingDelivery


async def save_focal_point(tx: Transaction, point: FocalPoint) -> None:
    """Set who is told at a level of a ministry."""
    await tx.execute(
        """
        INSERT INTO focal_points (ministry, level, post, name, email)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (ministry, level) DO UPDATE
           SET post = excluded.post, name = excluded.name, email = excluded.email
        """,
        point.ministry,
        point.level,
        point.post,
        point.name,
        point.email,
    )


async def read_focal_points(tx: Transaction) -> list[FocalPoint]:
    """Read all focal points, and the next in line."""
    rows = await tx.fetch("SELECT ministry, level, post, name, email FROM focal_points")
    return [FocalPoint(**row) for row in rows]


async def read_open_escalations(tx: Transaction) -> list[Escalation]:
    """Read the escalations that are open, in the order of their opening."""
    rows = await tx.fetch(
        """
        SELECT ministry, level, waiting_since, opened_at
          FROM escalations
         WHERE closed_at IS NULL
         ORDER BY opened_at, ministry, level
        """
    )
    return [Escalation(**row) for row in rows]


async def open_escalations(tx: Transaction, escalations: Sequence[Escalation]) -> None:
    """Open escalations; one that is open at the same level of a ministry stays as it is."""
    await tx.execute(
        """
        INSERT INTO escalations (escalation_id, ministry, level, waiting_since, opened_at)
        SELECT *
          FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
            ON CONFLICT DO NOTHING
        """,
        [each.escalation_id for each in escalations],
        [each.ministry for each in escalations],
        [each.level for each in escalations],
        [each.waiting_since for each in escalations],
        [each.opened_at for each in escalations],
    )


async def close_escalations(
    tx: Transaction, escalations: Sequence[Escalation], at: datetime
) -> None:
    """Close the open escalations of these ministries and levels."""
    await tx.execute(
        """
        UPDATE escalations
           SET closed_at = $3
          FROM unnest($1::text[], $2::bigint[]) AS given (ministry, level)
         WHERE escalations.ministry = given.ministry
           AND escalations.level = given.level
           AND closed_at IS NULL
        """,
        [each.ministry for each in escalations],
        [each.level for each in escalations],
        at,
    )


async def read_work_list(
    tx: Transaction, ministry: str, *, after: UUID | None, limit: int
) -> list[WaitingDelivery]:
    """Read the deliveries that wait for a ministry, the oldest first, without their forms."""
    rows = await tx.fetch(
        """
        SELECT delivery_id, tracking_number, public_service_id, kind, state, planned_at, attempts,
               last_failure, due_at AS next_attempt_at, unconfirmed_at
          FROM deliveries
         WHERE ministry = $1
           AND state = 'open'
           AND ($2::uuid IS NULL
                OR (planned_at, delivery_id) > (SELECT planned_at, delivery_id
                                                  FROM deliveries
                                                 WHERE delivery_id = $2))
         ORDER BY planned_at, delivery_id
         LIMIT $3
        """,
        ministry,
        after,
        limit,
    )
    return [WaitingDelivery(**row) for row in rows]


async def read_ministries_of(tx: Transaction, delivery_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Read the ministries of those deliveries that wait or have failed."""
    rows = await tx.fetch(
        """
        SELECT delivery_id, ministry
          FROM deliveries
         WHERE delivery_id = ANY($1) AND state <> 'handed_over'
        """,
        list(delivery_ids),
    )
    return {row["delivery_id"]: row["ministry"] for row in rows}
