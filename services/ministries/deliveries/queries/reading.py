"""SQL that reads deliveries, and marks long delays as announced."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from libs.trace_context import read_text
from services.ministries.deliveries.encrypted import FORM
from services.ministries.deliveries.responses import ApplicationKey
from services.ministries.deliveries.rules import Delivery


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
    if row is None:
        return None
    form, unopened = tx.cipher.try_open(FORM, delivery_id, row["form"])
    return {**row, "form": form, "damaged": unopened is not None}


async def read_states(tx: Transaction, delivery_ids: Collection[UUID]) -> dict[UUID, str]:
    """Read the states of deliveries."""
    rows = await tx.fetch(
        "SELECT delivery_id, state FROM deliveries WHERE delivery_id = ANY($1)", list(delivery_ids)
    )
    return {row["delivery_id"]: row["state"] for row in rows}


async def read_decidable_deliveries(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[ApplicationKey, Delivery]:
    """Read the delivery that a ministry decides on now, by application and ministry.

    It is the newest one with a form and a begun attempt, and no objection. The mark of the first
    attempt may be lost when the database crashes right after it; then it is the oldest one.
    """
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (application_id, ministry)
               delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
               form, trace_context, attempts, open_since AS created_at, form_version,
               service_centre_id, applicant_id, actor_id, documents, office, moved_to,
               form_origin
          FROM deliveries
         WHERE application_id = ANY($1) AND kind IN ('submitted', 'corrected')
         ORDER BY application_id, ministry,
                  first_tried_at IS NULL,
                  CASE WHEN first_tried_at IS NULL THEN delivery_no ELSE -delivery_no END
        """,
        list(application_ids),
    )
    return {(row["application_id"], row["ministry"]): delivery_of(tx, row) for row in rows}


async def read_appeals(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[ApplicationKey, Delivery]:
    """Read the objections that ministries may have, by application and ministry; one of each."""
    rows = await tx.fetch(
        """
        SELECT delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
               form, trace_context, attempts, open_since AS created_at, form_version,
               service_centre_id, applicant_id, actor_id, documents, office, moved_to,
               form_origin
          FROM deliveries
         WHERE application_id = ANY($1) AND kind = 'appealed' AND first_tried_at IS NOT NULL
        """,
        list(application_ids),
    )
    return {(row["application_id"], row["ministry"]): delivery_of(tx, row) for row in rows}


async def read_delivery_ids(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[ApplicationKey, list[UUID]]:
    """Read the ids of all deliveries of applications, by application and ministry."""
    rows = await tx.fetch(
        """
        SELECT application_id, ministry, array_agg(delivery_id) AS delivery_ids
          FROM deliveries
         WHERE application_id = ANY($1)
         GROUP BY application_id, ministry
        """,
        list(application_ids),
    )
    return {(row["application_id"], row["ministry"]): row["delivery_ids"] for row in rows}


async def read_deliveries(tx: Transaction, delivery_ids: Collection[UUID]) -> dict[UUID, Delivery]:
    """Read deliveries, with the forms of those that the ministry has not confirmed."""
    rows = await tx.fetch(
        """
        SELECT delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
               form, trace_context, attempts, open_since AS created_at, form_version,
               service_centre_id, applicant_id, actor_id, documents, office, moved_to,
               form_origin
          FROM deliveries
         WHERE delivery_id = ANY($1)
        """,
        list(delivery_ids),
    )
    return {row["delivery_id"]: delivery_of(tx, row) for row in rows}


async def read_delayed_deliveries(
    tx: Transaction, *, older_than_s: float, limit: int
) -> list[Delivery]:
    """Read open deliveries planned longer ago, without an announcement of it, oldest first.

    One whose batch has been sent is with its ministry.
    """
    rows = await tx.fetch(
        """
        SELECT delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
               form, trace_context, attempts, open_since AS created_at, form_version,
               service_centre_id, applicant_id, actor_id, documents, office, moved_to,
               form_origin
          FROM deliveries
         WHERE state = 'open'
           AND delay_announced_at IS NULL
           AND planned_at < now() - make_interval(secs => $1)
           AND NOT EXISTS (SELECT
                             FROM batch_rows
                             JOIN batches USING (ministry, batch_no)
                            WHERE batch_rows.delivery_id = deliveries.delivery_id
                              AND batches.sent_at IS NOT NULL)
         ORDER BY planned_at
         LIMIT $2
        """,
        older_than_s,
        limit,
    )
    return [delivery_of(tx, row) for row in rows]


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


def delivery_of(tx: Transaction, row: Any) -> Delivery:
    """Return the delivery of a row."""
    fields = dict(row)
    form, unopened = tx.cipher.try_open(FORM, fields["delivery_id"], fields.pop("form"))
    trace = read_text(fields.pop("trace_context"))
    return Delivery(trace=trace, form=form, unopened=unopened, **fields)
