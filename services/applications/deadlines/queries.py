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
         ORDER BY due_on
         LIMIT $2
           FOR UPDATE SKIP LOCKED
        """,
        today,
        limit,
    )
    return [row["application_id"] for row in rows]
