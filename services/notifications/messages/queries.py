"""SQL of messages about applications: queued, claimed, released, cancelled, read."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from libs.contracts.language import Text
from libs.contracts.notifications import Channel
from libs.database.rows import columns
from libs.database.transaction import Transaction
from libs.grievances import GRIEVANCE
from libs.jobs import Lease
from libs.trace_context import read_text
from services.notifications.messages.encrypted import APPLICANT, PHONE, PHONE_OF_APPLICATION
from services.notifications.messages.rules import (
    CONFIRMATION,
    ApplicationContact,
    Contact,
    DueMessage,
    Message,
    StoredMessage,
    message_id_for,
    open_channels,
)
from services.notifications.messages.templates import application_text


class MessageRow(NamedTuple):
    """A message to be queued."""

    message_id: UUID
    channel: str
    citizen_id: UUID
    application_id: UUID
    template: str
    tracking_number: str
    public_service_id: str
    trace_context: str | None
    wait_s: float
    happened_at: datetime
    published_at: datetime | None


async def lock_contacts(tx: Transaction, citizen_ids: Collection[UUID]) -> None:
    """Lock contacts until the transaction ends; insert an empty one for an unknown citizen.

    Without it, a message that finds no contact and a contact that finds no message could miss each
    other, and the message would wait for ever. Rows are inserted and locked in one statement and
    one order, so that a batch of messages and a batch of contacts do not deadlock.
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


async def insert_messages(
    tx: Transaction, messages: Sequence[Message], lease: Lease
) -> list[DueMessage]:
    """Queue messages in this order, due at once where the contact is known; repeats do nothing.

    The contacts must be locked. Messages to erased citizens are not queued. A message waits only
    behind those of the same application on its own channel. If such a one waits for its next
    attempt, the message is due with it: were it due at once, every claim would read it for nothing.

    Messages that wait for nothing are claimed under the lease at once, and returned.
    """
    rows = await tx.fetch(
        """
        WITH wanted AS (
            SELECT given.*, earlier.due_at,
                   coalesce(contacts.phone, application_contacts.phone) IS NOT NULL AS is_reached,
                   row_number() OVER (
                       PARTITION BY given.application_id, channel ORDER BY place) = 1
                   AND earlier.waiting = 0 AS is_first
              FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[],
                          $7::text[], $8::text[], $9::float8[], $10::timestamptz[],
                          $11::timestamptz[])
                   WITH ORDINALITY
                   AS given (message_id, channel, citizen_id, application_id, template,
                             tracking_number, public_service_id, trace_context, wait_s,
                             happened_at, published_at, place)
              JOIN contacts USING (citizen_id)
              LEFT JOIN application_contacts USING (application_id)
             CROSS JOIN LATERAL (
                    SELECT count(*) AS waiting, max(messages.due_at) AS due_at
                      FROM messages
                     WHERE messages.state = 'queued'
                       AND messages.application_id = given.application_id
                       AND messages.channel = given.channel) AS earlier
             WHERE NOT contacts.erased
        ), planned AS (
            SELECT *,
                   is_reached AND is_first AND wait_s = 0 AND place <= $13::bigint
                   AND channel <> ALL($14::text[]) AS is_claimed
              FROM wanted
        ), queued AS (
            INSERT INTO messages (message_id, channel, citizen_id, application_id, template,
                                  tracking_number, public_service_id, trace_context,
                                  happened_at, published_at, due_at,
                                  claimed_by, claimed_until, first_tried_at, last_tried_at)
            SELECT message_id, channel, citizen_id, application_id, template, tracking_number,
                   public_service_id, trace_context, happened_at, published_at,
                   CASE WHEN is_reached
                        THEN GREATEST(now() + make_interval(secs => wait_s), due_at) END,
                   CASE WHEN is_claimed THEN $12::text END,
                   CASE WHEN is_claimed THEN clock_timestamp() + make_interval(secs => $15) END,
                   CASE WHEN is_claimed THEN now() END,
                   CASE WHEN is_claimed THEN now() END
              FROM planned
             ORDER BY place
                ON CONFLICT DO NOTHING
         RETURNING *
        )
        SELECT message_id, queued.citizen_id, application_id, channel, template, tracking_number,
               trace_context, attempts, runs, greatest(created_at, open_since) AS created_at,
               contacts.phone, contacts.language, public_service_id,
               name_bn, name_en, application_contacts.phone AS other_phone,
               application_contacts.language AS other_language, applicant
          FROM queued
          JOIN contacts USING (citizen_id)
          LEFT JOIN application_contacts USING (application_id)
          LEFT JOIN public_services USING (public_service_id)
         WHERE claimed_by IS NOT NULL
         ORDER BY message_number
        """,
        *columns(
            MessageRow,
            [
                MessageRow(
                    message_id=message_id_for(message.event, message.channel),
                    channel=message.channel,
                    citizen_id=message.event.citizen_id,
                    application_id=message.event.application_id,
                    template=message.template,
                    tracking_number=message.event.tracking_number,
                    public_service_id=message.event.public_service_id,
                    trace_context=message.event.trace.text() if message.event.trace else None,
                    wait_s=message.wait_s,
                    happened_at=message.event.occurred_at,
                    published_at=message.event.published_at,
                )
                for message in messages
            ],
        ),
        lease.holder,
        min(lease.limit, lease.per_destination),
        list(lease.excluded),
        lease.duration_s,
    )
    return [_due_message(tx, row) for row in rows]


async def claim_messages(
    tx: Transaction, lease: Lease, channels: Collection[Channel]
) -> list[DueMessage]:
    """Claim due messages of each open channel, the longest due first.

    They come with number, language and name; without a number of the citizen, with the one that
    consented. A message waits until the earlier ones of its
    application and channel are out of the queue, so that a citizen does not read the decision
    before the confirmation. The first message of an application is looked up by one probe of an
    index. As an anti-join it was read once for every row of the queue wherever the planner had no
    fresh statistics, which a queue never has (measured: 64 ms a claim, and 0.9).
    """
    channels = open_channels(lease.excluded, channels)
    if not channels:
        return []
    rows = await tx.fetch(
        """
        WITH due AS (
            SELECT message_id
              FROM unnest($4::text[]) AS open_channel
             CROSS JOIN LATERAL (
                    SELECT message_id, due_at, message_number
                      FROM messages
                     WHERE state = 'queued' AND application_id IS NOT NULL
                       AND channel = open_channel
                       AND due_at <= now()
                       AND (claimed_until IS NULL OR claimed_until <= now())
                       AND message_number = (
                           SELECT first.message_number
                             FROM messages AS first
                            WHERE first.state = 'queued'
                              AND first.application_id = messages.application_id
                              AND first.channel = messages.channel
                            ORDER BY first.message_number
                            LIMIT 1)
                     ORDER BY due_at, message_number
                     LIMIT $2
                       FOR UPDATE SKIP LOCKED) AS due_on_channel
             ORDER BY due_at, message_number
             LIMIT $5
        ), claimed AS (
            UPDATE messages
               SET claimed_by = $1, claimed_until = now() + make_interval(secs => $3),
                   first_tried_at = coalesce(first_tried_at, now()), last_tried_at = now()
              FROM due
             WHERE messages.message_id = due.message_id
         RETURNING messages.*
        )
        SELECT message_id, claimed.citizen_id, application_id, channel, template, tracking_number,
               trace_context, attempts, runs, greatest(created_at, open_since) AS created_at,
               contacts.phone, contacts.language, public_service_id,
               name_bn, name_en, application_contacts.phone AS other_phone,
               application_contacts.language AS other_language, applicant
          FROM claimed
          JOIN contacts USING (citizen_id)
          LEFT JOIN application_contacts USING (application_id)
          LEFT JOIN public_services USING (public_service_id)
         WHERE coalesce(contacts.phone, application_contacts.phone) IS NOT NULL
         ORDER BY message_number
        """,
        lease.holder,
        min(lease.limit, lease.per_destination),
        lease.duration_s,
        channels,
        lease.limit,
    )
    return [_due_message(tx, row) for row in rows]


async def read_oldest_due_age_s(tx: Transaction, channels: Collection[Channel]) -> float:
    """Return for how many seconds the oldest due message of these channels is due; 0 for none."""
    age_s: float = await tx.fetchval(
        """
        SELECT greatest(extract(epoch FROM now() - min(next.due_at)), 0)::float8
          FROM unnest($1::text[]) AS open_channel
         CROSS JOIN LATERAL (
                SELECT due_at
                  FROM messages
                 WHERE state = 'queued' AND application_id IS NOT NULL AND channel = open_channel
                 ORDER BY due_at
                 LIMIT 1) AS next
        """,
        list(channels),
    )
    return age_s


async def release_claims(tx: Transaction, holder: str, kept: Collection[UUID] = ()) -> None:
    """Release the messages of any lane that this job runner has claimed and does not work at.

    Messages about applications, codes and notices have an index of their own of what is queued.
    """
    await tx.execute(
        """
        UPDATE messages
           SET claimed_by = NULL, claimed_until = NULL
         WHERE message_id = ANY (ARRAY(
               SELECT message_id
                 FROM messages
                WHERE state = 'queued' AND application_id IS NOT NULL AND claimed_by = $1
                UNION ALL
               SELECT message_id
                 FROM messages
                WHERE state = 'queued' AND application_id IS NULL AND NOT is_notice
                  AND claimed_by = $1
                UNION ALL
               SELECT message_id
                 FROM messages
                WHERE state = 'queued' AND is_notice AND claimed_by = $1))
           AND state = 'queued' AND claimed_by = $1 AND message_id <> ALL($2::uuid[])
        """,
        holder,
        list(kept),
    )


async def cancel_confirmations(tx: Transaction, application_ids: Collection[UUID]) -> None:
    """Cancel the confirmations of these applications that still wait; no call was made for them."""
    await tx.execute(
        """
        UPDATE messages
           SET state = 'cancelled', reason = 'superseded', changed_at = now()
         WHERE message_id = ANY (ARRAY(
               SELECT message_id
                 FROM messages
                WHERE application_id = ANY($1) AND state = 'queued'
                  AND template = $2 AND claimed_by IS NULL AND attempts = 0 AND due_at > now()
                  FOR UPDATE SKIP LOCKED))
        """,
        list(application_ids),
        CONFIRMATION,
    )


async def release_confirmations(tx: Transaction, application_ids: Collection[UUID]) -> int:
    """Make the confirmations of these applications due that still wait; return how many."""
    return await tx.execute(
        """
        UPDATE messages
           SET due_at = now()
         WHERE message_id = ANY (ARRAY(
               SELECT message_id
                 FROM messages
                WHERE application_id = ANY($1) AND state = 'queued'
                  AND template = $2 AND claimed_by IS NULL AND attempts = 0 AND due_at > now()
                  FOR UPDATE SKIP LOCKED))
        """,
        list(application_ids),
        CONFIRMATION,
    )


async def read_messages(
    tx: Transaction, citizen_id: UUID, tracking_number: str
) -> list[StoredMessage]:
    """Read the messages to a citizen about an application, in the order of writing."""
    rows = await tx.fetch(
        """
        SELECT message_id, channel, template, state, reason, created_at, changed_at,
               trace_context AS trace
          FROM messages
         WHERE citizen_id = $1 AND tracking_number = $2
         ORDER BY message_number
        """,
        citizen_id,
        tracking_number,
    )
    return [StoredMessage(**{**row, "trace": read_text(row["trace"])}) for row in rows]


async def release_waiting_messages(tx: Transaction, citizen_ids: Collection[UUID]) -> int:
    """Make messages due that waited for a number of these citizens; return how many.

    The days in which they are tried begin now.
    """
    return await tx.execute(
        """
        UPDATE messages
           SET due_at = now(), open_since = now()
          FROM contacts
         WHERE messages.citizen_id = ANY($1)
           AND contacts.citizen_id = messages.citizen_id
           AND (contacts.phone IS NOT NULL
                OR EXISTS (SELECT
                             FROM application_contacts
                            WHERE application_contacts.application_id = messages.application_id))
           AND messages.state = 'queued'
           AND messages.due_at IS NULL
        """,
        list(citizen_ids),
    )


async def hold_waiting_messages(tx: Transaction, citizen_ids: Collection[UUID]) -> None:
    """Let messages about applications wait for a number, if their citizen has none now."""
    await tx.execute(
        """
        UPDATE messages
           SET due_at = NULL
          FROM contacts
         WHERE messages.citizen_id = ANY($1)
           AND contacts.citizen_id = messages.citizen_id
           AND contacts.phone IS NULL
           AND messages.state = 'queued' AND messages.application_id IS NOT NULL
        """,
        list(citizen_ids),
    )


async def insert_application_contacts(
    tx: Transaction, contacts: Sequence[ApplicationContact]
) -> None:
    """Insert the numbers that news of applications go to; a repeat changes nothing.

    The contacts of the citizens must be locked. Those of erased citizens are not stored.
    """
    await tx.execute(
        """
        INSERT INTO application_contacts (
               application_id, citizen_id, phone, applicant, language, phone_index)
        SELECT application_id, citizen_id, given.phone, applicant, given.language, phone_index
          FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[])
               AS given (application_id, citizen_id, phone, applicant, language, phone_index)
          JOIN contacts USING (citizen_id)
         WHERE NOT contacts.erased
         ORDER BY application_id
            ON CONFLICT DO NOTHING
        """,
        [contact.application_id for contact in contacts],
        [contact.citizen_id for contact in contacts],
        [
            tx.cipher.seal(PHONE_OF_APPLICATION, contact.application_id, contact.phone)
            for contact in contacts
        ],
        [
            tx.cipher.seal(APPLICANT, contact.application_id, contact.applicant)
            for contact in contacts
        ],
        [contact.language for contact in contacts],
        [tx.cipher.index(contact.phone) for contact in contacts],
    )


async def delete_application_contacts(tx: Transaction, citizen_id: UUID) -> int:
    """Delete the numbers that consented to a citizen's applications; return how many."""
    return await tx.execute("DELETE FROM application_contacts WHERE citizen_id = $1", citizen_id)


async def read_phone(tx: Transaction, citizen_id: UUID) -> str | None:
    """Read a citizen's number; None if there is none, or if it cannot be decrypted."""
    phone = await tx.fetchval("SELECT phone FROM contacts WHERE citizen_id = $1", citizen_id)
    return tx.cipher.try_open(PHONE, citizen_id, phone)[0]


async def find_erased(tx: Transaction, citizen_ids: Collection[UUID]) -> set[UUID]:
    """Return those of these citizens who were erased."""
    rows = await tx.fetch(
        "SELECT citizen_id FROM contacts WHERE citizen_id = ANY($1::uuid[]) AND erased",
        list(citizen_ids),
    )
    return {row["citizen_id"] for row in rows}


async def find_consented_for(tx: Transaction, phone: str) -> set[UUID]:
    """Return the citizens to whose applications a number has consented."""
    rows = await tx.fetch(
        "SELECT DISTINCT citizen_id FROM application_contacts WHERE phone_index = $1",
        tx.cipher.index(phone),
    )
    return {row["citizen_id"] for row in rows}


async def delete_application_contacts_with(tx: Transaction, phone: str) -> int:
    """Delete a number from the applications to which it consented; return from how many.

    Their messages wait from now on, if their citizens have no number of their own. The contacts of
    these citizens must be locked.
    """
    deleted: int = await tx.fetchval(
        """
        WITH deleted AS (
            DELETE FROM application_contacts WHERE phone_index = $1 RETURNING application_id
        ), held AS (
            UPDATE messages
               SET due_at = NULL
              FROM deleted, contacts
             WHERE messages.application_id = deleted.application_id
               AND contacts.citizen_id = messages.citizen_id AND contacts.phone IS NULL
               AND messages.state = 'queued'
        )
        SELECT count(*) FROM deleted
        """,
        tx.cipher.index(phone),
    )
    return deleted


def _due_message(tx: Transaction, row: Any) -> DueMessage:
    is_named = row["name_bn"] is not None
    address, unopened = tx.cipher.try_open(PHONE, row["citizen_id"], row["phone"])
    language, applicant = row["language"], None
    is_own = row["phone"] is not None
    if not is_own:
        key = row["application_id"]
        address, unopened = tx.cipher.try_open(PHONE_OF_APPLICATION, key, row["other_phone"])
        applicant, _ = tx.cipher.try_open(APPLICANT, key, row["applicant"])
        language = row["other_language"]
    return DueMessage(
        message_id=row["message_id"],
        channel=row["channel"],
        address=address or "",
        text=application_text(
            row["template"],
            language,
            tracking_number=row["tracking_number"],
            name=Text(bn=row["name_bn"], en=row["name_en"]) if is_named else None,
            is_own=is_own,
            applicant=applicant,
            is_grievance=row["public_service_id"] == GRIEVANCE,
        ),
        expires_at=None,
        attempts=row["attempts"],
        created_at=row["created_at"],
        trace=read_text(row["trace_context"]),
        unopened=unopened,
        runs=row["runs"],
    )


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


async def delete_messages(tx: Transaction, citizen_id: UUID) -> list[UUID]:
    """Delete all messages to a citizen, one-time codes among them; return their ids."""
    rows = await tx.fetch(
        "DELETE FROM messages WHERE citizen_id = $1 RETURNING message_id", citizen_id
    )
    return [row["message_id"] for row in rows]
