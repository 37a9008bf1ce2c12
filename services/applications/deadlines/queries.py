"""SQL that finds applications whose deadline has passed."""

from datetime import date
from uuid import UUID

from libs.database.transaction import Transaction


async def lock_due_applications(tx: Transaction, today: date, limit: int) -> list[UUID]:
    """Lock applications that were due before today and are not marked; return their ids.

    The oldest due dates come first. Locked rows are skipped.
    """
    rows = await tx.fetch(
        """
        SELECT application_id
          FROM applications
         WHERE NOT overdue AND status IN ('submitted', 'with_ministry') AND due_on < $1
           AND NOT is_paused
         ORDER BY due_on
         LIMIT $2
           FOR UPDATE SKIP LOCKED
        """,
        today,
        limit,
    )
    return [row["application_id"] for row in rows]


async def lock_due_after(
    tx: Transaction, after_day: date, after_id: UUID, limit: int
) -> list[tuple[date, UUID]]:
    """Lock applications whose last day is behind a place, and return day and id, in their order."""
    rows = await tx.fetch(
        """
        SELECT due_on, application_id
          FROM applications
         WHERE NOT overdue AND status IN ('submitted', 'with_ministry')
           AND NOT is_paused AND (due_on, application_id) > ($1::date, $2::uuid)
         ORDER BY due_on, application_id
         LIMIT $3
           FOR UPDATE
        """,
        after_day,
        after_id,
        limit,
    )
    return [(row["due_on"], row["application_id"]) for row in rows]
