"""SQL of what is known of citizens and public services: numbers, languages, names."""

from collections.abc import Collection, Sequence
from uuid import UUID

from libs.contracts.catalogue import PublicServiceChanged
from libs.database.transaction import Transaction
from services.notifications.domain.contacts import Contact


async def hold_contacts(tx: Transaction, citizen_ids: Collection[UUID]) -> None:
    """Keep contacts as they are until the transaction ends, an empty one for who is not heard of.

    Without it a message that finds no contact and the contact that finds no message could pass
    each other, and the message would wait for ever. Made and held in one statement and one order:
    in two, a batch of messages and a batch of contacts could wait for each other.
    """
    await tx.execute(
        """
        INSERT INTO contacts (citizen_id)
        SELECT citizen_id FROM unnest($1::uuid[]) AS citizen_id ORDER BY citizen_id
            ON CONFLICT (citizen_id) DO UPDATE SET citizen_id = excluded.citizen_id
             WHERE false -- locks the row and leaves it as it is
        """,
        list(citizen_ids),
    )


async def save_contacts(tx: Transaction, contacts: Sequence[Contact]) -> None:
    """Keep contacts, each where it is newer than what is known; one without a number is erased."""
    await tx.execute(
        """
        INSERT INTO contacts (citizen_id, phone, language, erased, changed_at)
        SELECT citizen_id, phone, language, phone IS NULL, changed_at
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
               AS heard (citizen_id, phone, language, changed_at)
         ORDER BY citizen_id
            ON CONFLICT (citizen_id) DO UPDATE
               SET phone = excluded.phone, language = excluded.language,
                   erased = excluded.erased, changed_at = excluded.changed_at
             WHERE contacts.changed_at < excluded.changed_at
        """,
        [contact.citizen_id for contact in contacts],
        [contact.phone for contact in contacts],
        [contact.language for contact in contacts],
        [contact.changed_at for contact in contacts],
    )


async def make_due(tx: Transaction, citizen_ids: Collection[UUID]) -> int:
    """Let messages go that waited for these citizens' contacts; return how many."""
    return await tx.execute(
        """
        UPDATE messages
           SET due_at = now()
          FROM contacts
         WHERE messages.citizen_id = ANY($1)
           AND contacts.citizen_id = messages.citizen_id
           AND contacts.phone IS NOT NULL
           AND messages.state = 'queued'
           AND messages.due_at IS NULL
        """,
        list(citizen_ids),
    )


async def cancel_messages_of_erased(tx: Transaction, citizen_ids: Collection[UUID]) -> None:
    """Close what still waits for those of these citizens who are erased, their codes included."""
    await tx.execute(
        """
        WITH waiting AS (
            SELECT message_id
              FROM messages
              JOIN contacts USING (citizen_id)
             WHERE citizen_id = ANY($1) AND contacts.erased AND state = 'queued'
             ORDER BY message_id
               FOR UPDATE OF messages
        ), forgotten AS (
            DELETE FROM codes USING waiting WHERE codes.message_id = waiting.message_id
        )
        UPDATE messages
           SET state = 'cancelled', reason = 'citizen_erased', claimed_by = NULL
          FROM waiting
         WHERE messages.message_id = waiting.message_id
        """,
        list(citizen_ids),
    )


async def save_public_services(tx: Transaction, heard: Sequence[PublicServiceChanged]) -> None:
    """Keep what public services are called, each once and where it is newer than what is known."""
    await tx.execute(
        """
        INSERT INTO public_services (public_service_id, name_bn, name_en, changed_at)
        SELECT DISTINCT ON (public_service_id) *
          FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
               AS heard (public_service_id, name_bn, name_en, changed_at)
         ORDER BY public_service_id, changed_at DESC
            ON CONFLICT (public_service_id) DO UPDATE
               SET name_bn = excluded.name_bn, name_en = excluded.name_en,
                   changed_at = excluded.changed_at
             WHERE public_services.changed_at < excluded.changed_at
        """,
        [each.public_service_id for each in heard],
        [each.name.bn for each in heard],
        [each.name.en for each in heard],
        [each.occurred_at for each in heard],
    )
