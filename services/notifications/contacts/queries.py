"""SQL of contacts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.notifications.contacts.rules import Contact
from services.notifications.messages.encrypted import PHONE


async def save_contacts(tx: Transaction, contacts: Sequence[Contact]) -> None:
    """Save contacts that are newer than their rows; an erased citizen stays erased."""
    await tx.execute(
        """
        INSERT INTO contacts (citizen_id, phone, language, changed_at)
        SELECT citizen_id, phone, language, changed_at
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
               AS saved (citizen_id, phone, language, changed_at)
         ORDER BY citizen_id
            ON CONFLICT (citizen_id) DO UPDATE
               SET phone = excluded.phone, language = excluded.language,
                   changed_at = excluded.changed_at
             WHERE contacts.changed_at < excluded.changed_at AND NOT contacts.erased
        """,
        [contact.citizen_id for contact in contacts],
        [tx.cipher.seal(PHONE, contact.citizen_id, contact.phone) for contact in contacts],
        [contact.language for contact in contacts],
        [contact.changed_at for contact in contacts],
    )


async def erase_contact(tx: Transaction, citizen_id: UUID, erased_at: datetime) -> int:
    """Delete a citizen's number, and mark the citizen as erased for ever.

    The row stays locked until the transaction ends, so that no message is written meanwhile.

    Returns:
        1, or 0 if there was no number.
    """
    had_phones: int = await tx.fetchval(
        """
        INSERT INTO contacts (citizen_id, language, erased, changed_at)
        VALUES ($1, 'bn', true, $2)
            ON CONFLICT (citizen_id) DO UPDATE
               SET phone = NULL, language = excluded.language, erased = true,
                   changed_at = excluded.changed_at
        RETURNING (old.phone IS NOT NULL)::int
        """,
        citizen_id,
        erased_at,
    )
    return had_phones
