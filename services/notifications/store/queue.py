"""SQL of messages that wait: queueing them, and taking those that are due."""

from collections.abc import Sequence

from asyncpg import Record

from libs.contracts.language import Text
from libs.database.claims import Terms
from libs.database.transaction import Transaction
from libs.trace_context import read_text
from services.notifications.domain.messages import PROVIDER, CodeMessage, DueMessage, Message
from services.notifications.domain.templates import application_text, code_text

SEND_MESSAGES = "send_messages"
"""The worker that is woken when a message about an application has become due."""

SEND_CODES = "send_codes"
"""The worker that is woken when a one-time code has become due."""


async def insert_messages(
    tx: Transaction, messages: Sequence[Message], terms: Terms
) -> list[DueMessage]:
    """Queue messages in this order, due at once where the contact is known; repeats do nothing.

    The contacts must be held. Citizens who are erased are told nothing more. Behind a message of
    the same application that waits for its next try, the new one is due with it: were it due at
    once, every claim would read it and leave it.

    Args:
        tx: the open transaction.
        messages: what is to be told.
        terms: on which those that wait for no other are claimed at once.

    Returns:
        Those claimed.
    """
    rows = await tx.fetch(
        """
        WITH wanted AS (
            SELECT given.*, contacts.phone IS NOT NULL AS is_reached, earlier.due_at,
                   row_number() OVER (PARTITION BY application_id ORDER BY place) = 1
                   AND earlier.waiting = 0 AS is_first
              FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                          $7::text[])
                   WITH ORDINALITY
                   AS given (message_id, citizen_id, application_id, template, tracking_number,
                             public_service_id, trace_context, place)
              JOIN contacts USING (citizen_id)
             CROSS JOIN LATERAL (
                    SELECT count(*) AS waiting, max(messages.due_at) AS due_at
                      FROM messages
                     WHERE messages.state = 'queued'
                       AND messages.application_id = given.application_id) AS earlier
             WHERE NOT contacts.erased
        ), planned AS (
            SELECT *, is_reached AND is_first AND place <= $9::bigint AS is_taken FROM wanted
        ), queued AS (
            INSERT INTO messages (message_id, citizen_id, application_id, template,
                                  tracking_number, public_service_id, trace_context, due_at,
                                  claimed_by, claimed_until)
            SELECT message_id, citizen_id, application_id, template, tracking_number,
                   public_service_id, trace_context,
                   CASE WHEN is_reached THEN GREATEST(now(), due_at) END,
                   CASE WHEN is_taken THEN $8::text END,
                   CASE WHEN is_taken THEN clock_timestamp() + make_interval(secs => $10) END
              FROM planned
             ORDER BY place
                ON CONFLICT DO NOTHING
         RETURNING *
        )
        SELECT message_id, template, tracking_number, trace_context, attempts, created_at,
               phone, language, name_bn, name_en
          FROM queued
          JOIN contacts USING (citizen_id)
          LEFT JOIN public_services USING (public_service_id)
         WHERE claimed_by IS NOT NULL
         ORDER BY message_number
        """,
        [message.message_id for message in messages],
        [message.citizen_id for message in messages],
        [message.application_id for message in messages],
        [message.template for message in messages],
        [message.tracking_number for message in messages],
        [message.public_service_id for message in messages],
        [message.trace.text() if message.trace else None for message in messages],
        terms.worker,
        _most(terms),
        terms.lease_s,
    )
    if len(rows) < len(messages):
        tx.notify_on_commit(SEND_MESSAGES)
    return [_due_message(row) for row in rows]


async def insert_codes(tx: Transaction, codes: Sequence[CodeMessage]) -> None:
    """Queue messages with one-time codes, due at once; repeats do nothing."""
    await tx.execute(
        """
        WITH wanted AS (
            SELECT *
              FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[],
                          $6::timestamptz[], $7::text[])
                   AS wanted (message_id, citizen_id, phone, language, code, expires_at,
                              trace_context)
        ), queued AS (
            INSERT INTO messages (message_id, citizen_id, template, trace_context, due_at)
            SELECT message_id, citizen_id, 'login_code', trace_context, now() FROM wanted
                ON CONFLICT DO NOTHING
         RETURNING message_id
        )
        INSERT INTO codes (message_id, phone, language, code, expires_at)
        SELECT message_id, phone, language, code, expires_at
          FROM wanted
          JOIN queued USING (message_id)
        """,
        [code.message_id for code in codes],
        [code.citizen_id for code in codes],
        [code.phone for code in codes],
        [code.language for code in codes],
        [code.code for code in codes],
        [code.expires_at for code in codes],
        [code.trace.text() if code.trace else None for code in codes],
    )


async def claim_messages(tx: Transaction, terms: Terms) -> list[DueMessage]:
    """Take due messages for a worker, the longest due first, with number, language and name.

    A message waits until the earlier ones of its application are out of the queue, so that nobody
    reads the decision before the confirmation. The first of each is looked up, one probe of an
    index: as an anti-join it was read once for every row of the queue wherever the planner had
    no fresh statistics, which a queue never has (measured: 64 ms a claim, and 0.9).
    """
    if not _most(terms):
        return []
    rows = await tx.fetch(
        """
        WITH due AS (
            SELECT message_id
              FROM messages
             WHERE state = 'queued' AND application_id IS NOT NULL
               AND due_at <= now()
               AND (claimed_until IS NULL OR claimed_until <= now())
               AND message_number = (
                   SELECT first.message_number
                     FROM messages AS first
                    WHERE first.state = 'queued'
                      AND first.application_id = messages.application_id
                    ORDER BY first.message_number
                    LIMIT 1)
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
        SELECT message_id, template, tracking_number, trace_context, attempts, created_at,
               phone, language, name_bn, name_en
          FROM claimed
          JOIN contacts USING (citizen_id)
          LEFT JOIN public_services USING (public_service_id)
         WHERE phone IS NOT NULL
         ORDER BY message_number
        """,
        terms.worker,
        _most(terms),
        terms.lease_s,
    )
    return [_due_message(row) for row in rows]


async def claim_codes(tx: Transaction, terms: Terms) -> list[DueMessage]:
    """Take due messages with codes that are still worth something, the longest due first."""
    if not _most(terms):
        return []
    rows = await tx.fetch(
        """
        WITH due AS (
            SELECT message_id
              FROM messages
             WHERE state = 'queued' AND application_id IS NULL
               AND due_at <= now()
               AND (claimed_until IS NULL OR claimed_until <= now())
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
        SELECT message_id, trace_context, attempts, created_at, phone, language, code, expires_at
          FROM claimed
          JOIN codes USING (message_id)
         WHERE expires_at > now()
         ORDER BY message_number
        """,
        terms.worker,
        _most(terms),
        terms.lease_s,
    )
    return [_due_code(row) for row in rows]


async def close_expired_codes(tx: Transaction, *, limit: int) -> int:
    """Close up to `limit` codes that came too late, and forget them; return how many."""
    return await tx.execute(
        """
        WITH expired AS (
            SELECT message_id
              FROM codes
              JOIN messages USING (message_id)
             WHERE expires_at <= now()
               AND (claimed_until IS NULL OR claimed_until <= now())
             LIMIT $1
               FOR UPDATE OF messages SKIP LOCKED
        ), forgotten AS (
            DELETE FROM codes USING expired WHERE codes.message_id = expired.message_id
        )
        UPDATE messages
           SET state = 'expired', reason = 'code_expired', claimed_by = NULL
          FROM expired
         WHERE messages.message_id = expired.message_id
        """,
        limit,
    )


async def release(tx: Transaction, worker: str) -> None:
    """Free what a worker of this name held when it was killed."""
    await tx.execute(
        """
        UPDATE messages
           SET claimed_by = NULL, claimed_until = NULL
         WHERE state = 'queued' AND claimed_by = $1
        """,
        worker,
    )


def _most(terms: Terms) -> int:
    """Most messages on these terms: there is one party."""
    return 0 if PROVIDER in terms.without else min(terms.limit, terms.per_party)


def _due_message(row: Record) -> DueMessage:
    named = row["name_bn"] is not None
    return DueMessage(
        message_id=row["message_id"],
        phone=row["phone"],
        text=application_text(
            row["template"],
            row["language"],
            tracking_number=row["tracking_number"],
            name=Text(bn=row["name_bn"], en=row["name_en"]) if named else None,
        ),
        expires_at=None,
        attempts=row["attempts"],
        created_at=row["created_at"],
        trace=read_text(row["trace_context"]),
    )


def _due_code(row: Record) -> DueMessage:
    return DueMessage(
        message_id=row["message_id"],
        phone=row["phone"],
        text=code_text(row["language"], row["code"]),
        expires_at=row["expires_at"],
        attempts=row["attempts"],
        created_at=row["created_at"],
        trace=read_text(row["trace_context"]),
    )
