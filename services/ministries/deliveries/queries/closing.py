"""SQL that closes deliveries and opens failed ones again; the next in order become due."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from libs.database.transaction import Transaction

HANDED_OVER_LOCK: Final = 7_262_421
"""Advisory lock, with a ministry: transactions that number hand-overs share it until the commit."""


async def close_deliveries(
    tx: Transaction, delivery_ids: Collection[UUID]
) -> tuple[set[UUID], int]:
    """Mark deliveries as handed over, number them in order, and make the next ones due.

    The next one is the first open delivery of the same application and ministry, unless a failed
    one comes before it. The rows of the applications must be locked.

    Returns:
        The deliveries that had failed before, and how many deliveries became due.
    """
    rows = await tx.fetch(
        """
        WITH closing AS (
            SELECT delivery_id, pg_advisory_xact_lock_shared($2::int, hashtext(ministry))
              FROM deliveries
             WHERE delivery_id = ANY($1) AND state <> 'handed_over'
             ORDER BY delivery_no
               FOR UPDATE
        ), numbered AS (
            SELECT delivery_id, nextval('handed_over_numbers') AS handed_over_no FROM closing
        ), closed AS (
            UPDATE deliveries
               SET state = 'handed_over', closed_at = now(),
                   handed_over_no = numbered.handed_over_no,
                   due_at = NULL, claimed_by = NULL, claimed_until = NULL
              FROM numbered
             WHERE deliveries.delivery_id = numbered.delivery_id
            RETURNING deliveries.delivery_id, old.state
        ), first AS (
            SELECT DISTINCT ON (application_id, ministry) delivery_id
              FROM deliveries
             WHERE (application_id, ministry) IN (SELECT application_id, ministry
                                                    FROM deliveries
                                                   WHERE delivery_id = ANY($1))
               AND state <> 'handed_over'
               AND delivery_id <> ALL($1)
             ORDER BY application_id, ministry, delivery_no
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
        HANDED_OVER_LOCK,
    )
    failed = {row["delivery_id"] for row in rows if row["state"] == "failed"}
    return failed, sum(row["state"] == "due" for row in rows)


async def requeue_deliveries(
    tx: Transaction, delivery_ids: Collection[UUID]
) -> tuple[set[UUID], int]:
    """Open failed deliveries again, as if never tried.

    The first open delivery of an application at a ministry becomes due, the others wait for it. The
    rows of the applications must be locked.

    Returns:
        The reopened deliveries, and how many deliveries became due.
    """
    rows = await tx.fetch(
        """
        WITH first AS (
            SELECT DISTINCT ON (application_id, ministry) delivery_id
              FROM deliveries
             WHERE (application_id, ministry) IN (SELECT application_id, ministry
                                                    FROM deliveries
                                                   WHERE delivery_id = ANY($1))
               AND state <> 'handed_over'
             ORDER BY application_id, ministry, delivery_no
        )
        UPDATE deliveries
           SET state = 'open', closed_at = NULL, open_since = now(),
               attempts = 0, earlier_attempts = earlier_attempts + attempts,
               due_at = CASE WHEN delivery_id IN (SELECT delivery_id FROM first) THEN now() END
         WHERE delivery_id = ANY($1) AND state = 'failed'
        RETURNING delivery_id, due_at IS NOT NULL AS is_due
        """,
        list(delivery_ids),
    )
    return {row["delivery_id"] for row in rows}, sum(row["is_due"] for row in rows)
