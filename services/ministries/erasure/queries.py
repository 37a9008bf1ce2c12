"""SQL of the citizens who were erased."""

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
