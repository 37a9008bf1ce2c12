"""SQL of deliveries: planned, claimed, retried, closed; and of the applications they belong to."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from libs.contracts.ministries import MinistryDecision
from libs.database.transaction import Transaction
from libs.jobs import JobQueue, JobResult, Lease
from libs.trace_context import read_text
from services.ministries.deliveries.responses import Application
from services.ministries.deliveries.rules import Delivery


async def open_applications(tx: Transaction, deliveries: Collection[Delivery]) -> None:
    """Insert the applications of these deliveries, and lock their rows until the end."""
    ministries = {each.application_id: each.ministry for each in deliveries}
    application_ids = sorted(ministries)
    await tx.execute(
        """
        INSERT INTO applications (application_id, ministry)
        SELECT * FROM unnest($1::uuid[], $2::text[])
            ON CONFLICT (application_id) DO UPDATE SET ministry = applications.ministry
        """,
        application_ids,
        [ministries[application_id] for application_id in application_ids],
    )


async def lock_applications(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, Application]:
    """Read applications and lock their rows until the transaction ends."""
    rows = await tx.fetch(
        """
        SELECT application_id, ministry, case_file_number, received_delivery_id,
               announced_event_ids
          FROM applications
         WHERE application_id = ANY($1)
         ORDER BY application_id
           FOR UPDATE
        """,
        list(application_ids),
    )
    return {row["application_id"]: _application(row) for row in rows}


async def lock_applications_of(tx: Transaction, delivery_ids: Collection[UUID]) -> None:
    """Lock the rows of the applications that these deliveries belong to."""
    await tx.execute(
        """
        SELECT
          FROM applications
         WHERE application_id IN (SELECT application_id
                                    FROM deliveries
                                   WHERE delivery_id = ANY($1))
         ORDER BY application_id
           FOR UPDATE
        """,
        list(delivery_ids),
    )


async def save_applications(tx: Transaction, applications: Sequence[Application]) -> None:
    """Save what has been announced about these applications; their rows must be locked."""
    if not applications:
        return
    await tx.execute(
        """
        UPDATE applications
           SET case_file_number = saved.case_file_number,
               received_delivery_id = saved.received_delivery_id,
               announced_event_ids = saved.announced_event_ids::uuid[]
          FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[])
               AS saved (application_id, case_file_number, received_delivery_id,
                         announced_event_ids)
         WHERE applications.application_id = saved.application_id
        """,
        [each.application_id for each in applications],
        [each.case_file_number for each in applications],
        [each.received_delivery_id for each in applications],
        # As text: PostgreSQL has no arrays of arrays of different lengths.
        [f"{{{','.join(map(str, each.announced_event_ids))}}}" for each in applications],
    )


async def insert_deliveries(
    tx: Transaction, deliveries: Sequence[Delivery], lease: Lease
) -> list[Delivery]:
    """Insert deliveries in this order, known ones stay as they are; return those claimed at once.

    The first open delivery of an application is due at once, the others wait for it. The rows of
    the applications must be locked.
    """
    rows = await tx.fetch(
        """
        WITH fresh AS (
            SELECT *,
                   row_number() OVER (PARTITION BY application_id ORDER BY place) = 1
                   AND NOT EXISTS (SELECT
                                     FROM deliveries AS earlier
                                    WHERE earlier.application_id = given.application_id
                                      AND earlier.state <> 'handed_over') AS is_due
              FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
                          $7::text[], $8::text[])
                   WITH ORDINALITY
                   AS given (delivery_id, application_id, ministry, tracking_number,
                             public_service_id, kind, form, trace_context, place)
             WHERE NOT EXISTS (SELECT
                                 FROM deliveries AS known
                                WHERE known.delivery_id = given.delivery_id)
        ), planned AS (
            SELECT *,
                   is_due
                   AND place <= $10::bigint
                   AND row_number() OVER (PARTITION BY ministry, is_due ORDER BY place)
                       <= $11::bigint
                   AND ministry <> ALL($13::text[]) AS is_claimed
              FROM fresh
        )
        INSERT INTO deliveries
               (delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
                form, trace_context, due_at, claimed_by, claimed_until, first_tried_at)
        SELECT delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
               form, trace_context,
               CASE WHEN is_due THEN now() END,
               CASE WHEN is_claimed THEN $9::text END,
               CASE WHEN is_claimed THEN clock_timestamp() + make_interval(secs => $12) END,
               CASE WHEN is_claimed THEN now() END
          FROM planned
         ORDER BY place
            ON CONFLICT (delivery_id) DO NOTHING
        RETURNING delivery_id, open_since, claimed_by IS NOT NULL AS is_claimed
        """,
        [each.delivery_id for each in deliveries],
        [each.application_id for each in deliveries],
        [each.ministry for each in deliveries],
        [each.tracking_number for each in deliveries],
        [each.public_service_id for each in deliveries],
        [each.kind for each in deliveries],
        [each.form for each in deliveries],
        [each.trace.text() if each.trace else None for each in deliveries],
        lease.holder,
        lease.limit,
        lease.per_destination,
        lease.duration_s,
        list(lease.excluded),
    )
    open_since = {row["delivery_id"]: row["open_since"] for row in rows if row["is_claimed"]}
    return [
        replace(delivery, created_at=open_since.pop(delivery.delivery_id))
        for delivery in deliveries
        if delivery.delivery_id in open_since
    ]


async def claim_deliveries(tx: Transaction, lease: Lease) -> list[Delivery]:
    """Claim due deliveries, and note that their first attempt begins.

    Ministries take turns: the oldest delivery of each ministry, then the second of each, and so
    on. Commit before anything is sent.
    """
    rows = await tx.fetch(
        """
        WITH RECURSIVE waiting (ministry) AS (
            SELECT min(ministry) FROM deliveries WHERE due_at IS NOT NULL
             UNION ALL
            SELECT (SELECT min(later.ministry)
                      FROM deliveries AS later
                     WHERE later.due_at IS NOT NULL AND later.ministry > waiting.ministry)
              FROM waiting
             WHERE waiting.ministry IS NOT NULL
        ),
        chosen AS (
            SELECT share.delivery_id
              FROM waiting
             CROSS JOIN LATERAL (
                    SELECT turn.delivery_id, row_number() OVER (ORDER BY turn.due_at) AS place
                      FROM (SELECT due.delivery_id, due.due_at
                              FROM deliveries AS due
                             WHERE due.ministry = waiting.ministry
                               AND due.due_at <= now()
                               AND (due.claimed_until IS NULL OR due.claimed_until < now())
                             ORDER BY due.due_at
                             LIMIT least($2::bigint, $5::bigint)
                               FOR UPDATE SKIP LOCKED) AS turn
                   ) AS share
             WHERE waiting.ministry <> ALL($4::text[])
             ORDER BY share.place
             LIMIT $2::bigint
        )
        UPDATE deliveries
           SET claimed_by = $1,
               claimed_until = now() + make_interval(secs => $3),
               first_tried_at = coalesce(first_tried_at, now())
          FROM chosen
         WHERE deliveries.delivery_id = chosen.delivery_id
        RETURNING deliveries.delivery_id, application_id, ministry, tracking_number,
                  public_service_id, kind, form, trace_context, attempts, open_since AS created_at
        """,
        lease.holder,
        lease.limit,
        lease.duration_s,
        list(lease.excluded),
        lease.per_destination,
    )
    return [_delivery(row) for row in rows]


async def release_claims(tx: Transaction, claimed_by: str) -> None:
    """Release the deliveries that this job runner had claimed when it was killed."""
    await tx.execute(
        """
        UPDATE deliveries
           SET claimed_by = NULL, claimed_until = NULL
         WHERE claimed_by = $1 AND due_at IS NOT NULL
        """,
        claimed_by,
    )


async def save_failures(
    tx: Transaction, failures: Sequence[JobResult[Delivery, MinistryDecision]]
) -> set[UUID]:
    """Save why attempts failed and when the next are due; return deliveries that failed for good.

    A delivery that the ministry has taken meanwhile stays as it is.
    """
    if not failures:
        return set()
    rows = await tx.fetch(
        """
        UPDATE deliveries
           SET state = CASE WHEN retry.retry_in_s IS NULL THEN 'failed' ELSE 'open' END,
               due_at = now() + make_interval(secs => retry.retry_in_s),
               closed_at = CASE WHEN retry.retry_in_s IS NULL THEN now() END,
               attempts = attempts + retry.counts::integer,
               last_failure = CASE WHEN retry.counts THEN retry.reason ELSE last_failure END,
               last_failed_at = CASE WHEN retry.counts THEN now() ELSE last_failed_at END,
               claimed_by = NULL,
               claimed_until = NULL
          FROM unnest($1::uuid[], $2::text[], $3::float8[], $4::boolean[])
               AS retry (delivery_id, reason, retry_in_s, counts)
         WHERE deliveries.delivery_id = retry.delivery_id AND deliveries.state = 'open'
        RETURNING deliveries.delivery_id, deliveries.state
        """,
        [each.job.delivery_id for each in failures],
        [str(each.failure) for each in failures],
        [each.retry_in_s for each in failures],
        [each.counts for each in failures],
    )
    return {row["delivery_id"] for row in rows if row["state"] == "failed"}


async def close_deliveries(
    tx: Transaction, delivery_ids: Collection[UUID]
) -> tuple[set[UUID], int]:
    """Mark deliveries as handed over, delete their forms, and make the next ones due.

    The next one is the first open delivery of the same application, unless a failed one comes
    before it. The rows of the applications must be locked.

    Returns:
        The deliveries that had failed before, and how many deliveries became due.
    """
    rows = await tx.fetch(
        """
        WITH closed AS (
            UPDATE deliveries
               SET state = 'handed_over', closed_at = now(), form = NULL,
                   due_at = NULL, claimed_by = NULL, claimed_until = NULL
             WHERE delivery_id = ANY($1) AND state <> 'handed_over'
            RETURNING delivery_id, old.state
        ), first AS (
            SELECT DISTINCT ON (application_id) delivery_id
              FROM deliveries
             WHERE application_id IN (SELECT application_id
                                        FROM deliveries
                                       WHERE delivery_id = ANY($1))
               AND state <> 'handed_over'
               AND delivery_id <> ALL($1)
             ORDER BY application_id, delivery_no
        ), due AS (
            UPDATE deliveries
               SET due_at = now()
              FROM first
             WHERE deliveries.delivery_id = first.delivery_id
               AND deliveries.state = 'open'
               AND deliveries.due_at IS NULL
            RETURNING deliveries.delivery_id
        )
        SELECT delivery_id, state FROM closed
         UNION ALL
        SELECT delivery_id, 'due' FROM due
        """,
        list(delivery_ids),
    )
    failed = {row["delivery_id"] for row in rows if row["state"] == "failed"}
    return failed, sum(row["state"] == "due" for row in rows)


async def requeue_deliveries(
    tx: Transaction, delivery_ids: Collection[UUID]
) -> tuple[set[UUID], int]:
    """Open failed deliveries again, as if never tried.

    The first open delivery of an application becomes due, the others wait for it. The
    rows of the applications must be locked.

    Returns:
        The reopened deliveries, and how many deliveries became due.
    """
    rows = await tx.fetch(
        """
        WITH first AS (
            SELECT DISTINCT ON (application_id) delivery_id
              FROM deliveries
             WHERE application_id IN (SELECT application_id
                                        FROM deliveries
                                       WHERE delivery_id = ANY($1))
               AND state <> 'handed_over'
             ORDER BY application_id, delivery_no
        )
        UPDATE deliveries
           SET state = 'open', closed_at = NULL, attempts = 0, open_since = now(),
               due_at = CASE WHEN delivery_id IN (SELECT delivery_id FROM first) THEN now() END
         WHERE delivery_id = ANY($1) AND state = 'failed'
        RETURNING delivery_id, due_at IS NOT NULL AS is_due
        """,
        list(delivery_ids),
    )
    return {row["delivery_id"] for row in rows}, sum(row["is_due"] for row in rows)


async def read_whole_delivery(tx: Transaction, delivery_id: UUID) -> dict[str, Any] | None:
    """Read all of a delivery, the citizen's form included."""
    row = await tx.fetchrow(
        """
        SELECT delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
               form, state, attempts, last_failure, planned_at
          FROM deliveries
         WHERE delivery_id = $1
        """,
        delivery_id,
    )
    return dict(row) if row else None


async def read_decidable_deliveries(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, Delivery]:
    """Read the delivery that a ministry decides on now, by application.

    That is the newest one with a form of which an attempt has begun. The mark of the first attempt
    may be lost when the database crashes right after it; then it is the oldest one.
    """
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (application_id)
               delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
               form, trace_context, attempts, open_since AS created_at
          FROM deliveries
         WHERE application_id = ANY($1) AND kind <> 'withdrawn'
         ORDER BY application_id,
                  first_tried_at IS NULL,
                  CASE WHEN first_tried_at IS NULL THEN delivery_no ELSE -delivery_no END
        """,
        list(application_ids),
    )
    return {row["application_id"]: _delivery(row) for row in rows}


async def read_delayed_deliveries(
    tx: Transaction, *, older_than_s: float, limit: int
) -> list[Delivery]:
    """Read open deliveries planned longer ago, without an announcement of it, oldest first."""
    rows = await tx.fetch(
        """
        SELECT delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
               form, trace_context, attempts, open_since AS created_at
          FROM deliveries
         WHERE state = 'open'
           AND delay_announced_at IS NULL
           AND planned_at < now() - make_interval(secs => $1)
         ORDER BY planned_at
         LIMIT $2
        """,
        older_than_s,
        limit,
    )
    return [_delivery(row) for row in rows]


async def mark_delay_announced(tx: Transaction, delivery_ids: Collection[UUID]) -> set[UUID]:
    """Mark the delay of deliveries as announced; return those for which it was not.

    A delivery that the ministry has taken meanwhile is left out.
    """
    rows = await tx.fetch(
        """
        UPDATE deliveries
           SET delay_announced_at = now()
         WHERE delivery_id = ANY($1) AND delay_announced_at IS NULL AND state <> 'handed_over'
        RETURNING delivery_id
        """,
        list(delivery_ids),
    )
    return {row["delivery_id"] for row in rows}


def _application(row: Any) -> Application:
    fields = dict(row)
    return Application(announced_event_ids=frozenset(fields.pop("announced_event_ids")), **fields)


def _delivery(row: Any) -> Delivery:
    fields = dict(row)
    return Delivery(trace=read_text(fields.pop("trace_context")), **fields)


DELIVERIES = JobQueue("deliver", insert_deliveries, claim_deliveries, release_claims)
