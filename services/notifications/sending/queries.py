"""SQL of the states of messages: sent, reported, retried, failed, deleted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record

from libs.database.transaction import Transaction
from libs.trace_context import read_text
from services.notifications.messages.encrypted import PHONE, PHONE_OF_APPLICATION
from services.notifications.messages.rules import NOT_ANSWERED
from services.notifications.sending.rules import Ending, Progress


@dataclass(frozen=True, slots=True)
class Retry:
    """A failed attempt: its reason, and seconds until the next one.

    `counts` is false if no call was made.
    """

    message_id: UUID
    reason: str
    retry_in_s: float
    counts: bool


async def lock_progress(tx: Transaction, message_ids: Collection[UUID]) -> dict[UUID, Progress]:
    """Read the states of messages, and lock their rows until the transaction ends."""
    rows = await tx.fetch(
        """
        SELECT message_id, channel, application_id, template, state, trace_context AS trace, reason,
               is_notice
          FROM messages
         WHERE message_id = ANY($1)
         ORDER BY message_id
           FOR UPDATE
        """,
        list(message_ids),
    )
    return {row["message_id"]: _progress_of(row) for row in rows}


async def leave_queue(tx: Transaction, ended: Mapping[UUID, Ending]) -> list[Progress]:
    """Record the end of our attempts, and return the messages that were still queued."""
    if not ended:
        return []
    rows = await tx.fetch(
        """
        WITH queued AS (
            SELECT message_id AS queued_id, ended.state, ended.reason
              FROM messages
              JOIN unnest($1::uuid[], $2::text[], $3::text[]) AS ended (message_id, state, reason)
             USING (message_id)
             WHERE messages.state = 'queued'
             ORDER BY message_id
               FOR UPDATE OF messages
        )
        UPDATE messages
           SET state = queued.state, reason = queued.reason, claimed_by = NULL, changed_at = now(),
               handed_over_at = CASE WHEN queued.state = 'sent' THEN now()
                                     ELSE handed_over_at END
          FROM queued
         WHERE message_id = queued_id
        RETURNING message_id, channel, application_id, template, messages.state,
                  trace_context AS trace, messages.reason, is_notice
        """,
        list(ended),
        [ending.state for ending in ended.values()],
        [ending.reason for ending in ended.values()],
    )
    return [_progress_of(row) for row in rows]


def _progress_of(row: Record) -> Progress:
    return Progress(**{**row, "trace": read_text(row["trace"])})


async def save_progress(tx: Transaction, moved: Sequence[Progress]) -> None:
    """Save the states of messages; their rows must be locked."""
    if not moved:
        return
    await tx.execute(
        """
        UPDATE messages
           SET state = moved.state, reason = moved.reason, claimed_by = NULL, changed_at = now(),
               reported_at = moved.reported_at
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
               AS moved (message_id, state, reason, reported_at)
         WHERE messages.message_id = moved.message_id
        """,
        [progress.message_id for progress in moved],
        [progress.state for progress in moved],
        [progress.reason for progress in moved],
        [progress.reported_at for progress in moved],
    )


async def save_retries(tx: Transaction, retries: Sequence[Retry]) -> None:
    """Release queued messages until their next attempts.

    Later messages of the same applications on the same channels are not due before them.
    """
    if not retries:
        return
    await tx.execute(
        """
        WITH retried AS (
            UPDATE messages
               SET attempts = attempts + retry.counts::integer, reason = retry.reason,
                   due_at = now() + make_interval(secs => retry.retry_in_s),
                   claimed_by = NULL, claimed_until = NULL
              FROM unnest($1::uuid[], $2::text[], $3::float8[], $4::boolean[])
                   AS retry (message_id, reason, retry_in_s, counts)
             WHERE messages.message_id = retry.message_id AND messages.state = 'queued'
         RETURNING application_id, channel, message_number, due_at
        )
        UPDATE messages AS later
           SET due_at = retried.due_at
          FROM retried
         WHERE later.application_id = retried.application_id
           AND later.channel = retried.channel
           AND later.message_number > retried.message_number
           AND later.state = 'queued'
           AND later.due_at < retried.due_at
           AND later.message_id <> ALL($1)
        """,
        [retry.message_id for retry in retries],
        [retry.reason for retry in retries],
        [retry.retry_in_s for retry in retries],
        [retry.counts for retry in retries],
    )


async def requeue_messages(tx: Transaction, message_ids: Collection[UUID]) -> set[UUID]:
    """Queue messages again that failed for good, as if never tried; return which.

    One that the provider has refused or reported as not delivered gets another key: under the first
    one the provider would repeat its first answer and send nothing.

    Codes and notices are left out, and messages to erased citizens.
    """
    rows = await tx.fetch(
        """
        UPDATE messages
           SET state = 'queued', reason = NULL, open_since = now(), changed_at = NULL,
               attempts = 0, earlier_attempts = earlier_attempts + attempts,
               earlier_handed_over_at = coalesce(earlier_handed_over_at, handed_over_at),
               handed_over_at = NULL, reported_at = NULL, claimed_until = NULL, due_at = now(),
               runs = runs + coalesce(reason <> ALL($2), false)::int
          FROM contacts
         WHERE message_id = ANY($1) AND state = 'failed' AND application_id IS NOT NULL
           AND contacts.citizen_id = messages.citizen_id
           AND (contacts.phone IS NOT NULL
                OR EXISTS (SELECT
                             FROM application_contacts
                            WHERE application_contacts.application_id = messages.application_id))
        RETURNING message_id
        """,
        list(message_ids),
        NOT_ANSWERED,
    )
    return {row["message_id"] for row in rows}


async def read_whole_message(tx: Transaction, message_id: UUID) -> dict[str, Any] | None:
    """Read all of a message, and the number that it goes to."""
    row = await tx.fetchrow(
        """
        SELECT message_id, messages.citizen_id, application_id, template, tracking_number,
               public_service_id, state, reason, attempts, created_at, contacts.phone,
               contacts.language, application_contacts.phone AS other_phone
          FROM messages
          LEFT JOIN contacts USING (citizen_id)
          LEFT JOIN application_contacts USING (application_id)
         WHERE message_id = $1
        """,
        message_id,
    )
    if row is None:
        return None
    content = dict(row)
    other = content.pop("other_phone")
    phone, unopened = tx.cipher.try_open(PHONE, row["citizen_id"], row["phone"])
    if row["phone"] is None:
        phone, unopened = tx.cipher.try_open(PHONE_OF_APPLICATION, row["application_id"], other)
    return {**content, "phone": phone, "damaged": unopened is not None}


async def delete_old_messages(tx: Transaction, *, older_than_days: int, limit: int) -> int:
    """Delete up to `limit` older messages that have left the queue; return how many."""
    return await tx.execute(
        """
        DELETE FROM messages
         WHERE message_id = ANY (ARRAY(
               SELECT message_id
                 FROM messages
                WHERE created_at < now() - make_interval(days => $1)
                  AND (open_since IS NULL OR open_since < now() - make_interval(days => $1))
                  AND state <> 'queued'
                ORDER BY created_at
                LIMIT $2
                  FOR UPDATE SKIP LOCKED))
        """,
        older_than_days,
        limit,
    )
