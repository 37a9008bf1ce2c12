"""SQL of mails."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from libs.jobs import JobResult, Lease
from services.programme.mails.encrypted import RECIPIENT
from services.programme.mails.rules import CONTENT, MailKind, Notice


async def delete_others(tx: Transaction, kind: MailKind, kept: Collection[UUID]) -> None:
    """Delete the mails of a kind that were not sent, without those that are kept."""
    await tx.execute(
        """
        DELETE FROM mails
         WHERE mailed_at IS NULL AND kind = $1 AND mail_id <> ALL($2::uuid[])
        """,
        kind,
        list(kept),
    )


async def read_sent(tx: Transaction, mail_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Read which mails were sent, and when."""
    rows = await tx.fetch(
        "SELECT mail_id, mailed_at FROM mails WHERE mail_id = ANY($1) AND mailed_at IS NOT NULL",
        list(mail_ids),
    )
    return {row["mail_id"]: row["mailed_at"] for row in rows}


async def save_notices(tx: Transaction, notices: Sequence[Notice], at: datetime) -> None:
    """Store mails that wait, with their addresses; one that was sent stays as it is."""
    await tx.execute(
        """
        INSERT INTO mails (mail_id, kind, content, recipient, planned_at)
        SELECT *, $5
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
            ON CONFLICT (mail_id) DO UPDATE
           SET content = excluded.content, recipient = excluded.recipient
         WHERE mails.mailed_at IS NULL
        """,
        [notice.mail_id for notice in notices],
        [notice.content.kind for notice in notices],
        [notice.content.model_dump_json() for notice in notices],
        [tx.cipher.seal(RECIPIENT, notice.mail_id, notice.address) for notice in notices],
        at,
    )


async def claim_notices(tx: Transaction, lease: Lease) -> list[Notice]:
    """Claim due mails; one whose address is damaged waits."""
    rows = await tx.fetch(
        """
        WITH chosen AS (
            SELECT mail_id
              FROM mails
             WHERE mailed_at IS NULL
               AND mail_due_at <= now()
               AND (claimed_until IS NULL OR claimed_until < now())
             ORDER BY mail_due_at
             LIMIT $2
               FOR UPDATE SKIP LOCKED
        )
        UPDATE mails
           SET claimed_by = $1, claimed_until = now() + make_interval(secs => $3)
          FROM chosen
         WHERE mails.mail_id = chosen.mail_id
        RETURNING mails.mail_id, content, recipient, mail_attempts, planned_at
        """,
        lease.holder,
        lease.limit,
        lease.duration_s,
    )
    notices = []
    for row in rows:
        address, _ = tx.cipher.try_open(RECIPIENT, row["mail_id"], row["recipient"])
        if address is not None:
            content = CONTENT.validate_json(row["content"])
            attempts, planned_at = row["mail_attempts"], row["planned_at"]
            notices.append(Notice(row["mail_id"], content, address, planned_at, attempts))
    return notices


async def read_oldest_due_age_s(tx: Transaction) -> float:
    """Return for how many seconds the oldest mail is due; 0 if none is."""
    age_s: float = await tx.fetchval(
        """
        SELECT greatest(extract(epoch FROM now() - min(mail_due_at)), 0)::float8
          FROM mails
         WHERE mailed_at IS NULL
        """
    )
    return age_s


async def release(tx: Transaction, claimed_by: str, kept: Collection[UUID] = ()) -> None:
    """Release the mails that a job runner has claimed and does not work at."""
    await tx.execute(
        """
        UPDATE mails
           SET claimed_by = NULL, claimed_until = NULL
         WHERE claimed_by = $1 AND mail_id <> ALL($2::uuid[])
        """,
        claimed_by,
        list(kept),
    )


async def save_results(
    tx: Transaction, results: Sequence[JobResult[Any, Any]], late_s: float
) -> None:
    """Store which mails were taken, and when the others are tried again.

    Args:
        tx: the transaction.
        results: of attempts.
        late_s: seconds until the next attempt at one that was refused for good.
    """
    await tx.execute(
        """
        UPDATE mails
           SET mailed_at = CASE WHEN given.is_sent THEN now() END,
               recipient = CASE WHEN given.is_sent THEN NULL ELSE recipient END,
               mail_due_at = now() + make_interval(secs => given.retry_in_s),
               mail_attempts = mail_attempts + given.counts::int,
               claimed_by = NULL, claimed_until = NULL
          FROM unnest($1::uuid[], $2::boolean[], $3::double precision[], $4::boolean[])
               AS given (mail_id, is_sent, retry_in_s, counts)
         WHERE mails.mail_id = given.mail_id AND mailed_at IS NULL
        """,
        [job_result.job.key for job_result in results],
        [job_result.failure is None for job_result in results],
        [
            late_s if job_result.retry_in_s is None else job_result.retry_in_s
            for job_result in results
        ],
        [job_result.counts for job_result in results],
    )
