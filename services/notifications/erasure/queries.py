"""SQL that deletes what belongs to a citizen."""

from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction


async def erase_contact(tx: Transaction, citizen_id: UUID, erased_at: datetime) -> bool:
    """Delete a citizen's number, and mark the citizen as erased for ever.

    Returns whether there was a number. The row stays locked until the transaction ends, so that no
    message is written meanwhile.
    """
    had_phone: bool = await tx.fetchval(
        """
        INSERT INTO contacts (citizen_id, language, erased, changed_at)
        VALUES ($1, 'bn', true, $2)
            ON CONFLICT (citizen_id) DO UPDATE
               SET phone = NULL, language = excluded.language, erased = true,
                   changed_at = excluded.changed_at
        RETURNING old.phone IS NOT NULL
        """,
        citizen_id,
        erased_at,
    )
    return had_phone


async def delete_messages(tx: Transaction, citizen_id: UUID) -> list[UUID]:
    """Delete all messages to a citizen, one-time codes among them; return their ids."""
    rows = await tx.fetch(
        "DELETE FROM messages WHERE citizen_id = $1 RETURNING message_id", citizen_id
    )
    return [row["message_id"] for row in rows]
