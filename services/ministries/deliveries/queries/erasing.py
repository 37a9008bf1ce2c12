"""SQL that finds and deletes a citizen's data in deliveries."""

from collections.abc import Collection
from uuid import UUID

from libs.database.transaction import Transaction


async def lock_all_applications(tx: Transaction) -> None:
    """Wait for transactions that store submissions at this moment; later ones wait for this one."""
    await tx.execute("LOCK TABLE applications IN EXCLUSIVE MODE")


async def find_deliveries(tx: Transaction, citizen_id: UUID) -> dict[UUID, UUID]:
    """Return the ids of a citizen's deliveries, each with its application's."""
    rows = await tx.fetch(
        "SELECT delivery_id, application_id FROM deliveries WHERE applicant_id = $1", citizen_id
    )
    return {row["delivery_id"]: row["application_id"] for row in rows}


async def keep_withdrawals(tx: Transaction, delivery_ids: Collection[UUID]) -> set[UUID]:
    """Keep withdrawals that still wait, without their person; return their ids.

    A withdrawal is kept if the ministry may have the application: it must not go on with it. The
    rows of the applications must be locked.
    """
    rows = await tx.fetch(
        """
        UPDATE deliveries AS withdrawal
           SET trace_context = NULL, applicant_id = NULL, actor_id = NULL, mandate = NULL,
               last_failure = NULL
         WHERE delivery_id = ANY($1) AND kind = 'withdrawn' AND state <> 'handed_over'
           AND EXISTS (SELECT
                         FROM deliveries AS earlier
                        WHERE earlier.application_id = withdrawal.application_id
                          AND earlier.ministry = withdrawal.ministry
                          AND earlier.delivery_no < withdrawal.delivery_no
                          AND (earlier.state = 'handed_over' OR earlier.first_tried_at IS NOT NULL))
        RETURNING delivery_id
        """,
        list(delivery_ids),
    )
    return {row["delivery_id"] for row in rows}


async def make_withdrawals_due(tx: Transaction, delivery_ids: Collection[UUID]) -> None:
    """Make withdrawals due that waited behind submissions that are closed now.

    One that was tried has its next time already, or is in a batch.
    """
    await tx.execute(
        """
        UPDATE deliveries
           SET due_at = now()
         WHERE delivery_id = ANY($1) AND state = 'open' AND due_at IS NULL
           AND first_tried_at IS NULL
        """,
        list(delivery_ids),
    )


async def delete_content(
    tx: Transaction, delivery_ids: Collection[UUID], application_ids: Collection[UUID]
) -> dict[str, int]:
    """Delete forms and file numbers, and separate deliveries from their person.

    A delivery that was never tried is deleted. One that was may have reached its ministry: it
    counts as handed over, so that a withdrawal follows it. No file number is stored for these
    applications from now on. The rows of the applications must be locked.

    Returns:
        How many forms and file numbers were deleted.
    """
    row = await tx.fetchrow(
        """
        WITH never_tried AS (
            DELETE FROM deliveries
             WHERE delivery_id = ANY($1) AND state <> 'handed_over' AND first_tried_at IS NULL
            RETURNING form IS NOT NULL AS had_form
        ), emptied AS (
            UPDATE deliveries
               SET state = 'handed_over', closed_at = coalesce(closed_at, now()), form = NULL,
                   documents = NULL,
                   due_at = NULL, claimed_by = NULL, claimed_until = NULL, last_failure = NULL,
                   trace_context = NULL, applicant_id = NULL, actor_id = NULL, mandate = NULL
             WHERE delivery_id = ANY($1)
               AND (state = 'handed_over' OR first_tried_at IS NOT NULL)
            RETURNING old.form IS NOT NULL AS had_form
        ), numbers AS (
            UPDATE applications
               SET case_file_number = NULL, erased = true
             WHERE application_id = ANY($2)
            RETURNING old.case_file_number IS NOT NULL AS had_number
        )
        SELECT (SELECT count(*) FROM never_tried WHERE had_form)
               + (SELECT count(*) FROM emptied WHERE had_form) AS forms,
               (SELECT count(*) FROM numbers WHERE had_number) AS file_numbers
        """,
        list(delivery_ids),
        list(application_ids),
    )
    return dict(row) if row else {}
