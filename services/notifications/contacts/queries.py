"""SQL of contacts."""

from collections.abc import Sequence

from libs.database.transaction import Transaction
from services.notifications.contacts.rules import Contact
from services.notifications.encrypted import PHONE


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
