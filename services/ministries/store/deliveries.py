"""Deliveries from plan to hand-over: what is owed to which ministry, in which order."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from libs.database.claims import Terms
from libs.database.transaction import Transaction
from libs.trace_context import read_text
from services.ministries.domain import Delivery

DUE = "hand over"
"""Signalled when a delivery has become due; the name of the worker that waits for it."""


async def insert_deliveries(
    tx: Transaction, deliveries: Sequence[Delivery], terms: Terms
) -> list[Delivery]:
    """Plan deliveries in this order; known ones stay as they are.

    The first open one of an application is due at once, the others wait for it. The rows of the
    applications must be held.

    Args:
        tx: the open transaction.
        deliveries: what is to be handed over.
        terms: on which those that are due are claimed at once.

    Returns:
        Those claimed.
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
                   AND ministry <> ALL($13::text[]) AS is_taken
              FROM fresh
        )
        INSERT INTO deliveries
               (delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
                form, trace_context, due_at, claimed_by, claimed_until, tried_since)
        SELECT delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
               form, trace_context,
               CASE WHEN is_due THEN now() END,
               CASE WHEN is_taken THEN $9::text END,
               CASE WHEN is_taken THEN clock_timestamp() + make_interval(secs => $12) END,
               CASE WHEN is_taken THEN now() END
          FROM planned
         ORDER BY place
            ON CONFLICT (delivery_id) DO NOTHING
        RETURNING delivery_id, open_since, due_at IS NOT NULL AS is_due,
                  claimed_by IS NOT NULL AS is_taken
        """,
        *_columns(deliveries),
        terms.worker,
        terms.limit,
        terms.per_party,
        terms.lease_s,
        list(terms.without),
    )
    if any(row["is_due"] and not row["is_taken"] for row in rows):
        tx.notify_on_commit(DUE)
    since = {row["delivery_id"]: row["open_since"] for row in rows if row["is_taken"]}
    return [
        replace(delivery, created_at=since.pop(delivery.delivery_id))
        for delivery in deliveries
        if delivery.delivery_id in since
    ]


async def close_deliveries(tx: Transaction, delivery_ids: Collection[UUID]) -> set[UUID]:
    """Note that the ministry has these submissions, and forget their forms.

    Returns:
        Those that had failed for good before.
    """
    rows = await tx.fetch(
        """
        UPDATE deliveries
           SET state = 'handed_over', closed_at = now(), form = NULL,
               due_at = NULL, claimed_by = NULL, claimed_until = NULL
         WHERE delivery_id = ANY($1) AND state <> 'handed_over'
        RETURNING delivery_id, old.state
        """,
        list(delivery_ids),
    )
    return {row["delivery_id"] for row in rows if row["state"] == "failed"}


async def wake_next(tx: Transaction, application_ids: Collection[UUID]) -> None:
    """Make the first open delivery of each application due, unless a failed one stands before it.

    The rows of the applications must be held.
    """
    woken = await tx.execute(
        """
        UPDATE deliveries
           SET due_at = now()
          FROM (SELECT DISTINCT ON (application_id) delivery_id
                  FROM deliveries
                 WHERE application_id = ANY($1) AND state <> 'handed_over'
                 ORDER BY application_id, delivery_no) AS first
         WHERE deliveries.delivery_id = first.delivery_id
           AND deliveries.state = 'open'
           AND deliveries.due_at IS NULL
        """,
        list(application_ids),
    )
    if woken:
        tx.notify_on_commit(DUE)


async def applications_of(tx: Transaction, delivery_ids: Collection[UUID]) -> set[UUID]:
    """Read which applications these deliveries belong to."""
    rows = await tx.fetch(
        "SELECT DISTINCT application_id FROM deliveries WHERE delivery_id = ANY($1)",
        list(delivery_ids),
    )
    return {row["application_id"] for row in rows}


async def requeue_deliveries(tx: Transaction, delivery_ids: Collection[UUID]) -> set[UUID]:
    """Open failed deliveries again, as if never tried; return which.

    Follow it with `wake_next`, which makes them due in the order of each application.
    """
    rows = await tx.fetch(
        """
        UPDATE deliveries
           SET state = 'open', closed_at = NULL, attempts = 0, open_since = now()
         WHERE delivery_id = ANY($1) AND state = 'failed'
        RETURNING delivery_id
        """,
        list(delivery_ids),
    )
    return {row["delivery_id"] for row in rows}


async def read_whole(tx: Transaction, delivery_id: UUID) -> dict[str, Any] | None:
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


async def deliveries_answered(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, Delivery]:
    """Read of each application the submission that its ministry speaks of when it decides now.

    That is the newest one with a form whose hand-over has begun. The mark of the beginning may be
    lost when the database crashes right after it; then it is the first one.
    """
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (application_id)
               delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
               form, trace_context, attempts, open_since AS created_at
          FROM deliveries
         WHERE application_id = ANY($1) AND kind <> 'withdrawn'
         ORDER BY application_id,
                  tried_since IS NULL,
                  CASE WHEN tried_since IS NULL THEN delivery_no ELSE -delivery_no END
        """,
        list(application_ids),
    )
    return {row["application_id"]: delivery_of(row) for row in rows}


def _columns(deliveries: Sequence[Delivery]) -> tuple[list[Any], ...]:
    return (
        [delivery.delivery_id for delivery in deliveries],
        [delivery.application_id for delivery in deliveries],
        [delivery.ministry for delivery in deliveries],
        [delivery.tracking_number for delivery in deliveries],
        [delivery.public_service_id for delivery in deliveries],
        [delivery.kind for delivery in deliveries],
        [delivery.form for delivery in deliveries],
        [delivery.trace.text() if delivery.trace else None for delivery in deliveries],
    )


def delivery_of(row: Any) -> Delivery:
    """Make a delivery of a row that has all its columns."""
    fields = dict(row)
    return Delivery(trace=read_text(fields.pop("trace_context")), **fields)
