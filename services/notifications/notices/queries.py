"""SQL of notices: queued, claimed, expired, queued again, deleted."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from libs.jobs import Lease
from libs.trace_context import read_text
from services.notifications.messages.encrypted import NOTICE, PHONE_OF_NOTICE
from services.notifications.messages.rules import (
    NOT_ANSWERED,
    SMS,
    DueMessage,
    message_id_for,
    open_channels,
)
from services.notifications.notices import rules
from services.notifications.notices.rules import NoticeEvent


async def insert_notices(
    tx: Transaction, events: Sequence[NoticeEvent], lease: Lease
) -> list[DueMessage]:
    """Queue notices, due at once; repeats do nothing, and nothing is queued for an erased citizen.

    As many as the lease allows are claimed at once, and returned.
    """
    rows = await tx.fetch(
        """
        WITH wanted AS (
            SELECT *, place <= $9::bigint AND channel = ANY($10::text[]) AS is_claimed
              FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                          $7::text[], $12::bytea[])
                   WITH ORDINALITY
                   AS given (message_id, channel, citizen_id, phone, notice_text, trace_context,
                             template, phone_index, place)
             WHERE NOT EXISTS (SELECT
                                 FROM contacts
                                WHERE contacts.citizen_id = given.citizen_id AND erased)
        ), queued AS (
            INSERT INTO messages (message_id, channel, citizen_id, template, trace_context, due_at,
                                  is_notice, claimed_by, claimed_until)
            SELECT message_id, channel, citizen_id, template, trace_context, now(), true,
                   CASE WHEN is_claimed THEN $8::text END,
                   CASE WHEN is_claimed THEN clock_timestamp() + make_interval(secs => $11) END
              FROM wanted
             ORDER BY place
                ON CONFLICT DO NOTHING
         RETURNING *
        ), stored AS (
            INSERT INTO notices (message_id, phone, notice_text, phone_index)
            SELECT message_id, phone, notice_text, phone_index
              FROM wanted
              JOIN queued USING (message_id)
         RETURNING *
        )
        SELECT message_id, channel, trace_context, attempts, runs,
               greatest(created_at, open_since) AS created_at, phone, notice_text
          FROM queued
          JOIN stored USING (message_id)
         WHERE claimed_by IS NOT NULL
         ORDER BY message_number
        """,
        [message_id_for(event) for event in events],
        [SMS] * len(events),
        [event.citizen_id for event in events],
        [tx.cipher.seal(PHONE_OF_NOTICE, message_id_for(event), event.phone) for event in events],
        [tx.cipher.seal(NOTICE, message_id_for(event), rules.text_of(event)) for event in events],
        [event.trace.text() if event.trace else None for event in events],
        [event.notice for event in events],
        lease.holder,
        min(lease.limit, lease.per_destination),
        open_channels(lease.excluded),
        lease.duration_s,
        [tx.cipher.index(event.phone) for event in events],
    )
    return [_due_notice(tx, row) for row in rows]


async def claim_notices(tx: Transaction, lease: Lease) -> list[DueMessage]:
    """Claim due notices, the longest due first."""
    channels = open_channels(lease.excluded)
    if not channels:
        return []
    rows = await tx.fetch(
        """
        WITH due AS (
            SELECT message_id
              FROM messages
             WHERE state = 'queued' AND is_notice
               AND due_at <= now()
               AND (claimed_until IS NULL OR claimed_until <= now())
               AND channel = ANY($4::text[])
             ORDER BY due_at, message_number
             LIMIT $2
               FOR UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE messages
               SET claimed_by = $1, claimed_until = now() + make_interval(secs => $3)
              FROM due
             WHERE messages.message_id = due.message_id
         RETURNING messages.*
        )
        SELECT message_id, channel, trace_context, attempts, runs,
               greatest(created_at, open_since) AS created_at, phone, notice_text
          FROM claimed
          JOIN notices USING (message_id)
         ORDER BY message_number
        """,
        lease.holder,
        min(lease.limit, lease.per_destination),
        lease.duration_s,
        channels,
    )
    return [_due_notice(tx, row) for row in rows]


async def read_oldest_due_age_s(tx: Transaction) -> float:
    """Return for how many seconds the oldest due notice is due; 0 if none is."""
    age_s: float = await tx.fetchval(
        """
        SELECT greatest(extract(epoch FROM now() - min(due_at)), 0)::float8
          FROM messages
         WHERE state = 'queued' AND is_notice
        """
    )
    return age_s


async def close_expired_notices(tx: Transaction, *, older_than: timedelta, limit: int) -> list[Any]:
    """Close up to `limit` notices that were queued so long ago; return their last states."""
    return await tx.fetch(
        """
        WITH expired AS (
            SELECT message_id
              FROM messages
             WHERE state = 'queued' AND is_notice
               AND created_at <= now() - $1::interval
               AND (open_since IS NULL OR open_since <= now() - $1::interval)
               AND (claimed_until IS NULL OR claimed_until <= now())
             ORDER BY created_at
             LIMIT $2
               FOR UPDATE SKIP LOCKED
        )
        UPDATE messages
           SET state = 'expired', claimed_by = NULL, changed_at = now()
          FROM expired
         WHERE messages.message_id = expired.message_id
        RETURNING messages.message_id, channel, attempts, reason, trace_context
        """,
        older_than,
        limit,
    )


async def requeue_notices(tx: Transaction, message_ids: Collection[UUID]) -> set[UUID]:
    """Queue notices again that expired or failed, as if never tried; return which."""
    rows = await tx.fetch(
        """
        UPDATE messages
           SET state = 'queued', reason = NULL, open_since = now(), changed_at = NULL,
               attempts = 0, earlier_attempts = earlier_attempts + attempts,
               earlier_handed_over_at = coalesce(earlier_handed_over_at, handed_over_at),
               handed_over_at = NULL, reported_at = NULL, claimed_until = NULL, due_at = now(),
               runs = runs + coalesce(state = 'failed' AND reason <> ALL($2), false)::int
          FROM notices
         WHERE messages.message_id = ANY($1) AND state IN ('failed', 'expired')
           AND notices.message_id = messages.message_id
        RETURNING messages.message_id
        """,
        list(message_ids),
        NOT_ANSWERED,
    )
    return {row["message_id"] for row in rows}


async def read_notice(tx: Transaction, message_id: UUID) -> dict[str, Any] | None:
    """Read all of a notice; its number and text are None once they are deleted."""
    row = await tx.fetchrow(
        """
        SELECT message_id, citizen_id, template, state, reason, attempts, created_at, phone,
               notice_text
          FROM messages
          LEFT JOIN notices USING (message_id)
         WHERE message_id = $1
        """,
        message_id,
    )
    if row is None:
        return None
    phone, phone_unopened = tx.cipher.try_open(PHONE_OF_NOTICE, message_id, row["phone"])
    text, text_unopened = tx.cipher.try_open(NOTICE, message_id, row["notice_text"])
    is_damaged = bool(phone_unopened or text_unopened)
    return {**row, "phone": phone, "notice_text": text, "damaged": is_damaged}


async def delete_notices(tx: Transaction, message_ids: Collection[UUID]) -> None:
    """Delete the texts and numbers of these notices."""
    await tx.execute("DELETE FROM notices WHERE message_id = ANY($1)", list(message_ids))


async def delete_to_phone(tx: Transaction, phone: str) -> list[UUID]:
    """Delete the notices to a number that have not arrived; return their ids."""
    rows = await tx.fetch(
        """
        DELETE FROM messages
         WHERE message_id IN (SELECT message_id FROM notices WHERE phone_index = $1)
        RETURNING message_id
        """,
        tx.cipher.index(phone),
    )
    return [row["message_id"] for row in rows]


def _due_notice(tx: Transaction, row: Any) -> DueMessage:
    message_id = row["message_id"]
    phone, phone_unopened = tx.cipher.try_open(PHONE_OF_NOTICE, message_id, row["phone"])
    text, text_unopened = tx.cipher.try_open(NOTICE, message_id, row["notice_text"])
    return DueMessage(
        message_id=message_id,
        channel=row["channel"],
        address=phone or "",
        text=text or "",
        expires_at=None,
        attempts=row["attempts"],
        created_at=row["created_at"],
        trace=read_text(row["trace_context"]),
        unopened=phone_unopened or text_unopened,
        runs=row["runs"],
    )
