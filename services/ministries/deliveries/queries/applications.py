"""SQL of applications: opened, held, and announced."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.database.transaction import Transaction
from services.ministries.deliveries.responses import Application, ApplicationKey
from services.ministries.deliveries.rules import Delivery


async def insert_and_lock_applications(
    tx: Transaction, deliveries: Collection[Delivery]
) -> set[UUID]:
    """Insert the applications of these deliveries, and lock their rows until the end.

    Returns the applicants who were erased; the same statement reads them, to save a round trip.
    """
    keys = sorted({(delivery.application_id, delivery.ministry) for delivery in deliveries})
    rows = await tx.fetch(
        """
        WITH opened AS (
            INSERT INTO applications (application_id, ministry)
            SELECT * FROM unnest($1::uuid[], $2::text[])
                ON CONFLICT (application_id, ministry) DO UPDATE
               SET ministry = applications.ministry
        )
        SELECT citizen_id FROM erased_citizens WHERE citizen_id = ANY($3::uuid[])
        """,
        [application_id for application_id, _ in keys],
        [ministry for _, ministry in keys],
        [delivery.applicant_id for delivery in deliveries if delivery.applicant_id],
    )
    return {row["citizen_id"] for row in rows}


async def read_handed_over(
    tx: Transaction, application_ids: Collection[UUID]
) -> set[ApplicationKey]:
    """Return the applications, out of these, that a ministry may have, with the ministry."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT application_id, ministry
          FROM deliveries
         WHERE application_id = ANY($1) AND state = 'handed_over'
        """,
        list(application_ids),
    )
    return {(row["application_id"], row["ministry"]) for row in rows}


async def lock_applications(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[ApplicationKey, Application]:
    """Read applications at every ministry that has had them, and lock them until the end."""
    rows = await tx.fetch(
        """
        SELECT application_id, ministry, case_file_number, received_delivery_id,
               announced_event_ids, erased, outcome, paper_id, appeal_outcome
          FROM applications
         WHERE application_id = ANY($1)
         ORDER BY application_id, ministry
           FOR UPDATE
        """,
        list(application_ids),
    )
    return {application.key: application for application in map(_application, rows)}


async def lock_applications_of(tx: Transaction, delivery_ids: Collection[UUID]) -> None:
    """Lock the rows of the applications that these deliveries belong to."""
    await tx.execute(
        """
        SELECT
          FROM applications
         WHERE application_id IN (SELECT application_id
                                    FROM deliveries
                                   WHERE delivery_id = ANY($1))
         ORDER BY application_id, ministry
           FOR UPDATE
        """,
        list(delivery_ids),
    )


async def save_applications(tx: Transaction, applications: Sequence[Application]) -> None:
    """Save the announcements of these applications; their rows must be locked."""
    if not applications:
        return
    await tx.execute(
        """
        UPDATE applications
           SET case_file_number = saved.case_file_number,
               received_delivery_id = saved.received_delivery_id,
               announced_event_ids = saved.announced_event_ids::uuid[], outcome = saved.outcome,
               paper_id = saved.paper_id, appeal_outcome = saved.appeal_outcome
          FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                      $7::uuid[], $8::text[])
               AS saved (application_id, case_file_number, received_delivery_id,
                         announced_event_ids, ministry, outcome, paper_id, appeal_outcome)
         WHERE applications.application_id = saved.application_id
           AND applications.ministry = saved.ministry
        """,
        [application.application_id for application in applications],
        [application.case_file_number for application in applications],
        [application.received_delivery_id for application in applications],
        # As text: PostgreSQL has no arrays of arrays of different lengths.
        [
            f"{{{','.join(map(str, application.announced_event_ids))}}}"
            for application in applications
        ],
        [application.ministry for application in applications],
        [application.outcome for application in applications],
        [application.paper_id for application in applications],
        [application.appeal_outcome for application in applications],
    )


async def read_confirmed_withdrawals(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[ApplicationKey, datetime]:
    """Read when ministries confirmed the withdrawals of these applications, where they did.

    A ministry to which the application came back after that decides on it again.
    """
    rows = await tx.fetch(
        """
        SELECT application_id, ministry, min(closed_at) AS confirmed_at
          FROM deliveries AS withdrawal
         WHERE application_id = ANY($1)
           AND kind = 'withdrawn'
           AND state = 'handed_over'
           AND NOT EXISTS (SELECT
                             FROM deliveries AS later
                            WHERE later.application_id = withdrawal.application_id
                              AND later.ministry = withdrawal.ministry
                              AND later.delivery_no > withdrawal.delivery_no
                              AND later.kind <> 'withdrawn')
         GROUP BY application_id, ministry
        """,
        list(application_ids),
    )
    return {(row["application_id"], row["ministry"]): row["confirmed_at"] for row in rows}


def _application(row: Any) -> Application:
    fields = dict(row)
    return Application(announced_event_ids=frozenset(fields.pop("announced_event_ids")), **fields)
