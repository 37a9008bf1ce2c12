"""SQL of the citizens who were erased."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction


async def insert_erased(tx: Transaction, citizen_id: UUID, erased_at: datetime) -> None:
    """Remember that a citizen was erased; a repeat changes nothing."""
    await tx.execute(
        """
        INSERT INTO erased_citizens (citizen_id, erased_at) VALUES ($1, $2)
            ON CONFLICT (citizen_id) DO NOTHING
        """,
        citizen_id,
        erased_at,
    )


async def find_erased(tx: Transaction, citizen_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return those citizens who were erased, and when."""
    rows = await tx.fetch(
        "SELECT citizen_id, erased_at FROM erased_citizens WHERE citizen_id = ANY($1::uuid[])",
        list(citizen_ids),
    )
    return {row["citizen_id"]: row["erased_at"] for row in rows}
