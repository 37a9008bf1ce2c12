"""SQL of the queue of deliveries: inserted, claimed, released, and tried again later."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from libs.contracts.ministries import MinistryDecision
from libs.database.rows import columns
from libs.database.transaction import Transaction
from libs.errors import Unanswered
from libs.jobs import JobResult, Lease
from services.ministries.deliveries.encrypted import FORM
from services.ministries.deliveries.queries.reading import delivery_of
from services.ministries.deliveries.rules import Delivery


class DeliveryRow(NamedTuple):
    """A planned delivery."""

    delivery_id: UUID
    application_id: UUID
    ministry: str
    tracking_number: str
    public_service_id: str
    kind: str
    form: str | None
    trace_context: str | None
    form_version: int | None
    service_centre_id: str | None
    applicant_id: UUID | None
    actor_id: UUID | None
    documents: str | None
    office: str | None
    moved_to: str | None
    mandate: str | None
    form_origin: str | None
    submitted_at: datetime
    published_at: datetime | None


async def insert_deliveries(
    tx: Transaction, deliveries: Sequence[Delivery], lease: Lease
) -> list[Delivery]:
    """Insert deliveries in this order, known ones stay as they are; return those claimed at once.

    The first open delivery of an application at a ministry is due at once, the others wait for it.
    The rows of the applications must be locked.
    """
    rows = await tx.fetch(
        """
        WITH fresh AS (
            SELECT *,
                   row_number() OVER (PARTITION BY application_id, ministry ORDER BY place) = 1
                   AND NOT EXISTS (SELECT
                                     FROM deliveries AS earlier
                                    WHERE earlier.application_id = given.application_id
                                      AND earlier.ministry = given.ministry
                                      AND earlier.state <> 'handed_over') AS is_due
              FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
                          $7::text[], $8::text[], $9::bigint[], $10::text[], $11::uuid[],
                          $12::uuid[], $13::text[], $14::text[], $15::text[], $16::text[],
                          $17::text[], $18::timestamptz[], $19::timestamptz[])
                   WITH ORDINALITY
                   AS given (delivery_id, application_id, ministry, tracking_number,
                             public_service_id, kind, form, trace_context, form_version,
                             service_centre_id, applicant_id, actor_id, documents, office,
                             moved_to, mandate, form_origin, submitted_at, published_at, place)
             WHERE NOT EXISTS (SELECT
                                 FROM deliveries AS stored
                                WHERE stored.delivery_id = given.delivery_id)
        ), planned AS (
            SELECT *,
                   is_due
                   AND place <= $21::bigint
                   AND row_number() OVER (PARTITION BY ministry, is_due ORDER BY place)
                       <= coalesce(($26::bigint[])[array_position($25::text[], ministry)],
                                   $22::bigint)
                   AND ministry <> ALL($24::text[]) AS is_claimed
              FROM fresh
        )
        INSERT INTO deliveries
               (delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
                form, trace_context, form_version, service_centre_id, applicant_id, actor_id,
                documents, office, moved_to, mandate, form_origin, submitted_at, published_at,
                due_at, claimed_by, claimed_until, first_tried_at, last_tried_at)
        SELECT delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
               form, trace_context, form_version, service_centre_id, applicant_id, actor_id,
               documents, office, moved_to, mandate, form_origin, submitted_at, published_at,
               CASE WHEN is_due THEN now() END,
               CASE WHEN is_claimed THEN $20::text END,
               CASE WHEN is_claimed THEN clock_timestamp() + make_interval(secs => $23) END,
               CASE WHEN is_claimed THEN now() END,
               CASE WHEN is_claimed THEN now() END
          FROM planned
         ORDER BY place
            ON CONFLICT (delivery_id) DO NOTHING
        RETURNING delivery_id, open_since, claimed_by IS NOT NULL AS is_claimed
        """,
        *columns(
            DeliveryRow,
            [
                DeliveryRow(
                    delivery_id=delivery.delivery_id,
                    application_id=delivery.application_id,
                    ministry=delivery.ministry,
                    tracking_number=delivery.tracking_number,
                    public_service_id=delivery.public_service_id,
                    kind=delivery.kind,
                    form=tx.cipher.seal(FORM, delivery.delivery_id, delivery.form),
                    trace_context=delivery.trace.text() if delivery.trace else None,
                    form_version=delivery.form_version,
                    service_centre_id=delivery.service_centre_id,
                    applicant_id=delivery.applicant_id,
                    actor_id=delivery.actor_id,
                    documents=delivery.documents,
                    office=delivery.office,
                    moved_to=delivery.moved_to,
                    mandate=delivery.mandate,
                    form_origin=delivery.form_origin,
                    submitted_at=delivery.created_at,
                    published_at=delivery.published_at,
                )
                for delivery in deliveries
            ],
        ),
        lease.holder,
        lease.limit,
        lease.per_destination,
        lease.duration_s,
        list(lease.excluded),
        list(lease.shares.keys()),
        list(lease.shares.values()),
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
                             LIMIT least($2::bigint,
                                         coalesce(($7::bigint[])[array_position(
                                                      $6::text[], waiting.ministry)],
                                                  $5::bigint))
                               FOR UPDATE SKIP LOCKED) AS turn
                   ) AS share
             WHERE waiting.ministry <> ALL($4::text[])
             ORDER BY share.place
             LIMIT $2::bigint
        )
        UPDATE deliveries
           SET claimed_by = $1,
               claimed_until = now() + make_interval(secs => $3),
               first_tried_at = coalesce(first_tried_at, now()), last_tried_at = now()
          FROM chosen
         WHERE deliveries.delivery_id = chosen.delivery_id
        RETURNING deliveries.delivery_id, application_id, ministry, tracking_number,
                  public_service_id, kind, form, trace_context, attempts, open_since AS created_at,
                  form_version, service_centre_id, applicant_id, actor_id, documents,
                  unconfirmed_at, office, moved_to, mandate, form_origin
        """,
        lease.holder,
        lease.limit,
        lease.duration_s,
        list(lease.excluded),
        lease.per_destination,
        list(lease.shares.keys()),
        list(lease.shares.values()),
    )
    return [delivery_of(tx, row) for row in rows]


async def take_due(tx: Transaction, ministry: str, limit: int) -> list[Delivery]:
    """Take due deliveries of a ministry into a batch, in order: they are not due any more.

    The first attempt at them begins. An objection waits for an adapter that takes it.
    """
    rows = await tx.fetch(
        """
        WITH chosen AS (
            SELECT delivery_id
              FROM deliveries
             WHERE ministry = $1
               AND kind <> 'appealed'
               AND due_at <= now()
               AND (claimed_until IS NULL OR claimed_until < now())
             ORDER BY due_at, delivery_no
             LIMIT $2
               FOR UPDATE SKIP LOCKED
        ), taken AS (
            UPDATE deliveries
               SET due_at = NULL, claimed_by = NULL, claimed_until = NULL,
                   first_tried_at = coalesce(first_tried_at, now()), last_tried_at = now()
              FROM chosen
             WHERE deliveries.delivery_id = chosen.delivery_id
            RETURNING deliveries.*
        )
        SELECT delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
               form, trace_context, attempts, open_since AS created_at, form_version,
               service_centre_id, applicant_id, actor_id, documents, office, moved_to, form_origin
          FROM taken
         ORDER BY delivery_no
        """,
        ministry,
        limit,
    )
    return [delivery_of(tx, row) for row in rows]


async def make_due(tx: Transaction, delivery_ids: Collection[UUID]) -> int:
    """Make open deliveries due that were taken into a batch; return how many."""
    return await tx.execute(
        """
        UPDATE deliveries
           SET due_at = now()
         WHERE delivery_id = ANY($1) AND state = 'open' AND due_at IS NULL
        """,
        list(delivery_ids),
    )


async def release_claims(tx: Transaction, claimed_by: str, kept: Collection[UUID] = ()) -> None:
    """Release the deliveries that this job runner has claimed and does not work at."""
    await tx.execute(
        """
        UPDATE deliveries
           SET claimed_by = NULL, claimed_until = NULL
         WHERE claimed_by = $1 AND due_at IS NOT NULL AND delivery_id <> ALL($2::uuid[])
        """,
        claimed_by,
        list(kept),
    )


async def read_oldest_due_age_s(tx: Transaction) -> float:
    """Return for how many seconds the oldest due delivery is due, one step for each ministry."""
    age_s: float = await tx.fetchval(
        """
        WITH RECURSIVE waiting (ministry) AS (
            SELECT min(ministry) FROM deliveries WHERE due_at IS NOT NULL
             UNION ALL
            SELECT (SELECT min(later.ministry)
                      FROM deliveries AS later
                     WHERE later.due_at IS NOT NULL AND later.ministry > waiting.ministry)
              FROM waiting
             WHERE waiting.ministry IS NOT NULL
        )
        SELECT greatest(extract(epoch FROM now() - min(next.due_at)), 0)::float8
          FROM waiting
         CROSS JOIN LATERAL (
                SELECT due_at
                  FROM deliveries
                 WHERE deliveries.ministry = waiting.ministry AND due_at IS NOT NULL
                 ORDER BY due_at
                 LIMIT 1) AS next
        """
    )
    return age_s


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
               unconfirmed_at = CASE WHEN retry.is_unconfirmed THEN now() ELSE unconfirmed_at END,
               claimed_by = NULL,
               claimed_until = NULL
          FROM unnest($1::uuid[], $2::text[], $3::float8[], $4::boolean[], $5::boolean[])
               AS retry (delivery_id, reason, retry_in_s, counts, is_unconfirmed)
         WHERE deliveries.delivery_id = retry.delivery_id AND deliveries.state = 'open'
        RETURNING deliveries.delivery_id, deliveries.state
        """,
        [failure.job.delivery_id for failure in failures],
        [str(failure.failure) for failure in failures],
        [failure.retry_in_s for failure in failures],
        [failure.counts for failure in failures],
        [isinstance(failure.failure, Unanswered) for failure in failures],
    )
    return {row["delivery_id"] for row in rows if row["state"] == "failed"}


async def make_due_again(tx: Transaction, ministries: Collection[str]) -> int:
    """Make deliveries that wait for these ministries due now, in the order of their planning.

    Returns:
        How many deliveries had been put off.
    """
    return await tx.execute(
        """
        UPDATE deliveries
           SET due_at = planned_at
         WHERE ministry = ANY($1) AND due_at > planned_at
        """,
        list(ministries),
    )


async def bring_forward(tx: Transaction, ministries: Collection[str], *, to_within_s: float) -> int:
    """Bring the next attempt of each of these ministries forward, to so many seconds from now."""
    return await tx.execute(
        """
        WITH first AS MATERIALIZED (
            SELECT next.delivery_id
              FROM unnest($1::text[]) AS given (ministry)
             CROSS JOIN LATERAL (
                    SELECT delivery_id
                      FROM deliveries
                     WHERE deliveries.ministry = given.ministry AND due_at IS NOT NULL
                     ORDER BY due_at
                     LIMIT 1
                       FOR UPDATE SKIP LOCKED) AS next
        )
        UPDATE deliveries
           SET due_at = now() + make_interval(secs => $2)
          FROM first
         WHERE deliveries.delivery_id = first.delivery_id
           AND deliveries.due_at > now() + make_interval(secs => $2)
        """,
        list(ministries),
        to_within_s,
    )
