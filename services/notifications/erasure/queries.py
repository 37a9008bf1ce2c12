"""SQL that deletes what belongs to a citizen."""

from uuid import UUID

from libs.database.transaction import Transaction


async def delete_messages(tx: Transaction, citizen_id: UUID) -> list[UUID]:
    """Delete all messages to a citizen, one-time codes among them; return their ids."""
    rows = await tx.fetch(
        "DELETE FROM messages WHERE citizen_id = $1 RETURNING message_id", citizen_id
    )
    return [row["message_id"] for row in rows]
