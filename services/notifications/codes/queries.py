"""SQL of messages with one-time codes: queued, claimed, expired, deleted."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from libs.database.rows import columns
from libs.database.transaction import Transaction
from libs.encryption import UnknownDataKey
from libs.jobs import Lease
from libs.trace_context import read_text
from services.notifications.codes import rules
from services.notifications.codes.rules import CodeEvent
from services.notifications.messages.encrypted import CODE, PHONE_OF_CODE
from services.notifications.messages.rules import SMS, DueMessage, message_id_for, open_channels
from services.notifications.messages.templates import LOGIN_CODE, code_text


class CodeRow(NamedTuple):
    """A message with a code to be queued."""

    message_id: UUID
    channel: str
    citizen_id: UUID
    phone: str
    language: str
    code: str
    expires_at: datetime
    trace_context: str | None
    template: str
    requested_at: datetime


async def insert_codes(
    tx: Transaction, events: Sequence[CodeEvent], lease: Lease
) -> list[DueMessage]:
    """Queue messages with one-time codes, due at once; repeats do nothing.

    Of a consent the text is stored in place of the code. Messages that are still valid are claimed
    under the lease at once, and returned. Nothing is queued for a citizen who was erased. A code
    waits since it was asked for, not since we know of it.
    """
    rows = await tx.fetch(
        """
        WITH wanted AS (
            SELECT *,
                   place <= $12::bigint AND channel = ANY($13::text[]) AND expires_at > now()
                   AS is_claimed
              FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                          $7::timestamptz[], $8::text[], $9::text[], $10::timestamptz[])
                   WITH ORDINALITY
                   AS given (message_id, channel, citizen_id, phone, language, code, expires_at,
                             trace_context, template, requested_at, place)
             WHERE NOT EXISTS (SELECT
                                 FROM contacts
                                WHERE contacts.citizen_id = given.citizen_id AND erased)
        ), queued AS (
            INSERT INTO messages (message_id, channel, citizen_id, template, trace_context,
                                  created_at, due_at, claimed_by, claimed_until)
            SELECT message_id, channel, citizen_id, template, trace_context,
                   least(requested_at, now()), now(),
                   CASE WHEN is_claimed THEN $11::text END,
                   CASE WHEN is_claimed THEN clock_timestamp() + make_interval(secs => $14) END
              FROM wanted
             ORDER BY place
                ON CONFLICT DO NOTHING
         RETURNING *
        ), stored AS (
            INSERT INTO codes (message_id, phone, language, code, expires_at)
            SELECT message_id, phone, language, code, expires_at
              FROM wanted
              JOIN queued USING (message_id)
         RETURNING *
        )
        SELECT message_id, channel, template, trace_context, attempts, created_at, phone, language,
               code, expires_at
          FROM queued
          JOIN stored USING (message_id)
         WHERE claimed_by IS NOT NULL
         ORDER BY message_number
        """,
        *columns(
            CodeRow,
            [
                CodeRow(
                    message_id=message_id_for(event),
                    channel=SMS,
                    citizen_id=event.citizen_id,
                    phone=_sealed(tx, PHONE_OF_CODE, event, event.phone),
                    language=event.language,
                    code=_sealed(tx, CODE, event, rules.stored_text(event)),
                    expires_at=event.expires_at,
                    trace_context=event.trace.text() if event.trace else None,
                    template=rules.template_of(event),
                    requested_at=event.occurred_at,
                )
                for event in events
            ],
        ),
        lease.holder,
        min(lease.limit, lease.per_destination),
        open_channels(lease.excluded),
        lease.duration_s,
    )
    return _due_codes(tx, rows)


async def claim_codes(tx: Transaction, lease: Lease) -> list[DueMessage]:
    """Claim due messages whose codes are still valid, the longest due first.

    One that has expired stays unclaimed, so that `close_expired_codes` closes it.
    """
    channels = open_channels(lease.excluded)
    if not channels:
        return []
    rows = await tx.fetch(
        """
        WITH due AS (
            SELECT message_id
              FROM messages
             WHERE state = 'queued' AND application_id IS NULL AND NOT is_notice
               AND due_at <= now()
               AND (claimed_until IS NULL OR claimed_until <= now())
               AND channel = ANY($4::text[])
               AND EXISTS (SELECT
                             FROM codes
                            WHERE codes.message_id = messages.message_id AND expires_at > now())
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
        SELECT message_id, channel, template, trace_context, attempts, created_at, phone, language,
               code, expires_at
          FROM claimed
          JOIN codes USING (message_id)
         ORDER BY message_number
        """,
        lease.holder,
        min(lease.limit, lease.per_destination),
        lease.duration_s,
        channels,
    )
    return _due_codes(tx, rows)


async def close_expired_codes(tx: Transaction, *, limit: int) -> int:
    """Close up to `limit` messages whose codes have expired, and delete the codes."""
    return await tx.execute(
        """
        WITH expired AS (
            SELECT message_id
              FROM codes
              JOIN messages USING (message_id)
             WHERE expires_at <= now()
               AND (claimed_until IS NULL OR claimed_until <= now())
             ORDER BY expires_at
             LIMIT $1
               FOR UPDATE OF messages SKIP LOCKED
        ), deleted AS (
            DELETE FROM codes USING expired WHERE codes.message_id = expired.message_id
        )
        UPDATE messages
           SET state = 'expired', reason = 'code_expired', claimed_by = NULL
          FROM expired
         WHERE messages.message_id = expired.message_id
        """,
        limit,
    )


async def read_oldest_age_s(tx: Transaction) -> float:
    """Return for how many seconds the oldest valid code has waited for a provider; 0 for none."""
    age_s: float = await tx.fetchval(
        """
        SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8
          FROM messages
         WHERE state = 'queued' AND application_id IS NULL AND NOT is_notice
        """
    )
    return age_s


async def read_oldest_due_age_s(tx: Transaction) -> float:
    """Return for how many seconds the oldest due code is due; 0 if none is."""
    age_s: float = await tx.fetchval(
        """
        SELECT greatest(extract(epoch FROM now() - min(due_at)), 0)::float8
          FROM messages
         WHERE state = 'queued' AND application_id IS NULL AND NOT is_notice
        """
    )
    return age_s


async def delete_codes(tx: Transaction, message_ids: Collection[UUID]) -> None:
    """Delete the codes and numbers of these messages."""
    await tx.execute("DELETE FROM codes WHERE message_id = ANY($1)", list(message_ids))


def _sealed(tx: Transaction, column: str, event: CodeEvent, text: str) -> str:
    return tx.cipher.seal(column, message_id_for(event), text, "hour")


def _due_codes(tx: Transaction, rows: Sequence[Any]) -> list[DueMessage]:
    """Decrypt codes. One whose data key is lost is left out, and expires within minutes."""
    codes = [_due_code(tx, row) for row in rows]
    return [code for code in codes if not isinstance(code.unopened, UnknownDataKey)]


def _due_code(tx: Transaction, row: Any) -> DueMessage:
    message_id = row["message_id"]
    code, code_unopened = tx.cipher.try_open(CODE, message_id, row["code"])
    phone, phone_unopened = tx.cipher.try_open(PHONE_OF_CODE, message_id, row["phone"])
    stored = code or ""
    return DueMessage(
        message_id=message_id,
        channel=row["channel"],
        address=phone or "",
        text=code_text(row["language"], stored) if row["template"] == LOGIN_CODE else stored,
        expires_at=row["expires_at"],
        attempts=row["attempts"],
        created_at=row["created_at"],
        trace=read_text(row["trace_context"]),
        unopened=code_unopened or phone_unopened,
    )
