"""SQL of focal points, escalations, and their work lists."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from libs.jobs import JobResult, Lease
from services.ministries.escalations.rules import Escalation, FocalPoint, Mail, WaitingDelivery


async def note_announced(tx: Transaction, announced: Mapping[str, datetime]) -> set[str]:
    """Note when the focal points of ministries were announced; return those that are newer."""
    rows = await tx.fetch(
        """
        INSERT INTO focal_points_announced (ministry, announced_at)
        SELECT *
          FROM unnest($1::text[], $2::timestamptz[]) AS given (ministry, announced_at)
            ON CONFLICT (ministry) DO UPDATE SET announced_at = excluded.announced_at
         WHERE focal_points_announced.announced_at < excluded.announced_at
        RETURNING ministry
        """,
        list(announced),
        list(announced.values()),
    )
    return {row["ministry"] for row in rows}


async def delete_focal_points(tx: Transaction, ministries: Collection[str]) -> None:
    """Delete who is told at the levels of ministries."""
    await tx.execute("DELETE FROM focal_points WHERE ministry = ANY($1)", list(ministries))


async def insert_focal_points(tx: Transaction, points: Sequence[FocalPoint]) -> None:
    """Insert who is told at the levels of ministries."""
    await tx.execute(
        """
        INSERT INTO focal_points (ministry, level, post, name, email, until)
        SELECT *
          FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::date[])
               AS given (ministry, level, post, name, email, until)
        """,
        [point.ministry for point in points],
        [point.level for point in points],
        [point.post for point in points],
        [point.name for point in points],
        [point.email for point in points],
        [point.until for point in points],
    )


async def read_focal_points(tx: Transaction, today: date) -> list[FocalPoint]:
    """Read who holds the posts on a day, of all ministries and levels."""
    rows = await tx.fetch(
        """
        SELECT ministry, level, post, name, email, until
          FROM focal_points
         WHERE until IS NULL OR until >= $1
        """,
        today,
    )
    return [FocalPoint(**row) for row in rows]


async def read_open_escalations(tx: Transaction) -> list[Escalation]:
    """Read the escalations that are open, in the order of their opening."""
    rows = await tx.fetch(
        """
        SELECT ministry, level, waiting_since, opened_at, trouble
          FROM escalations
         WHERE closed_at IS NULL
         ORDER BY opened_at, ministry, level
        """
    )
    return [Escalation(**row) for row in rows]


async def open_escalations(tx: Transaction, escalations: Sequence[Escalation]) -> None:
    """Open escalations; one that is open at the same level of a ministry stays as it is."""
    await tx.execute(
        """
        INSERT INTO escalations (escalation_id, ministry, level, waiting_since, opened_at, trouble)
        SELECT *
          FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[],
                      $6::text[])
            ON CONFLICT DO NOTHING
        """,
        [escalation.escalation_id for escalation in escalations],
        [escalation.ministry for escalation in escalations],
        [escalation.level for escalation in escalations],
        [escalation.waiting_since for escalation in escalations],
        [escalation.opened_at for escalation in escalations],
        [escalation.trouble for escalation in escalations],
    )


async def close_escalations(
    tx: Transaction, escalations: Sequence[Escalation], at: datetime
) -> None:
    """Close the open escalations of these ministries and levels."""
    await tx.execute(
        """
        UPDATE escalations
           SET closed_at = $3
          FROM unnest($1::text[], $2::bigint[]) AS given (ministry, level)
         WHERE escalations.ministry = given.ministry
           AND escalations.level = given.level
           AND closed_at IS NULL
        """,
        [escalation.ministry for escalation in escalations],
        [escalation.level for escalation in escalations],
        at,
    )


async def read_work_list(
    tx: Transaction, ministry: str, *, after: UUID | None, limit: int
) -> list[WaitingDelivery]:
    """Read the deliveries that wait for a ministry, the oldest first, without their forms."""
    rows = await tx.fetch(
        """
        SELECT delivery_id, tracking_number, public_service_id, kind, state, planned_at, attempts,
               last_failure, due_at AS next_attempt_at, unconfirmed_at
          FROM deliveries
         WHERE ministry = $1
           AND state = 'open'
           AND ($2::uuid IS NULL
                OR (planned_at, delivery_id) > (SELECT planned_at, delivery_id
                                                  FROM deliveries
                                                 WHERE delivery_id = $2))
         ORDER BY planned_at, delivery_id
         LIMIT $3
        """,
        ministry,
        after,
        limit,
    )
    return [WaitingDelivery(**row) for row in rows]


async def read_ministries_of(tx: Transaction, delivery_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Read the ministries of those deliveries that wait or have failed."""
    rows = await tx.fetch(
        """
        SELECT delivery_id, ministry
          FROM deliveries
         WHERE delivery_id = ANY($1) AND state <> 'handed_over'
        """,
        list(delivery_ids),
    )
    return {row["delivery_id"]: row["ministry"] for row in rows}


async def claim_mails(tx: Transaction, lease: Lease) -> list[Mail]:
    """Claim due mails of open escalations whose post has a person today."""
    rows = await tx.fetch(
        """
        WITH chosen AS (
            SELECT escalation_id
              FROM escalations
              JOIN focal_points USING (ministry, level)
             WHERE mailed_at IS NULL
               AND closed_at IS NULL
               AND mail_due_at <= now()
               AND (until IS NULL OR until >= (now() AT TIME ZONE 'Asia/Dhaka')::date)
               AND (claimed_until IS NULL OR claimed_until < now())
             ORDER BY mail_due_at
             LIMIT $2
               FOR UPDATE OF escalations SKIP LOCKED
        )
        UPDATE escalations
           SET claimed_by = $1, claimed_until = now() + make_interval(secs => $3)
          FROM chosen, focal_points
         WHERE escalations.escalation_id = chosen.escalation_id
           AND focal_points.ministry = escalations.ministry
           AND focal_points.level = escalations.level
        RETURNING escalations.escalation_id, escalations.ministry, escalations.level,
                  waiting_since, post, email, mail_attempts AS attempts, opened_at AS created_at,
                  trouble
        """,
        lease.holder,
        lease.limit,
        lease.duration_s,
    )
    return [Mail(**row) for row in rows]


async def read_oldest_due_age_s(tx: Transaction) -> float:
    """Return for how many seconds the oldest due mail is due; 0 if none is."""
    age_s: float = await tx.fetchval(
        """
        SELECT greatest(extract(epoch FROM now() - min(mail_due_at)), 0)::float8
          FROM escalations
          JOIN focal_points USING (ministry, level)
         WHERE mailed_at IS NULL AND closed_at IS NULL
           AND (until IS NULL OR until >= (now() AT TIME ZONE 'Asia/Dhaka')::date)
        """
    )
    return age_s


async def release_mails(tx: Transaction, claimed_by: str, kept: Collection[UUID] = ()) -> None:
    """Release the mails that this job runner has claimed and does not work at."""
    await tx.execute(
        """
        UPDATE escalations
           SET claimed_by = NULL, claimed_until = NULL
         WHERE claimed_by = $1 AND escalation_id <> ALL($2::uuid[])
        """,
        claimed_by,
        list(kept),
    )


async def save_mails(
    tx: Transaction, results: Sequence[JobResult[Mail, Any]], late_s: float
) -> None:
    """Store which mails were taken, and when the others are tried again.

    Args:
        tx: the transaction.
        results: of attempts.
        late_s: seconds until the next attempt at one that was refused for good.
    """
    await tx.execute(
        """
        UPDATE escalations
           SET mailed_at = CASE WHEN given.is_sent THEN now() END,
               mail_due_at = now() + make_interval(secs => given.retry_in_s),
               mail_attempts = mail_attempts + given.counts::int,
               claimed_by = NULL, claimed_until = NULL
          FROM unnest($1::uuid[], $2::boolean[], $3::double precision[], $4::boolean[])
               AS given (escalation_id, is_sent, retry_in_s, counts)
         WHERE escalations.escalation_id = given.escalation_id AND mailed_at IS NULL
        """,
        [job_result.job.escalation_id for job_result in results],
        [job_result.failure is None for job_result in results],
        [
            late_s if job_result.retry_in_s is None else job_result.retry_in_s
            for job_result in results
        ],
        [job_result.counts for job_result in results],
    )
