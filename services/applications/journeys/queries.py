"""SQL of the journey of an application."""

from uuid import UUID

from libs.contracts.journeys import JourneyApplication, JourneyStep
from libs.database.transaction import Transaction


async def find(tx: Transaction, tracking_number: str) -> tuple[UUID, JourneyApplication] | None:
    """Find an application, with its id."""
    row = await tx.fetchrow(
        """
        SELECT application_id, public_service_id, ministry, former_ministries, adapter, status,
               submitted_at, waits_for, waited_until, overdue, erased, service_centre_id
          FROM applications
         WHERE tracking_number = $1
        """,
        tracking_number,
    )
    if row is None:
        return None
    fields = dict(row)
    return fields.pop("application_id"), JourneyApplication(**fields)


async def read_changes(tx: Transaction, application_id: UUID) -> list[JourneyStep]:
    """Read the changes of an application in the order of writing, without notes."""
    rows = await tx.fetch(
        """
        SELECT event_id AS step_id, coalesce(outcome, type) AS what, cause AS reason,
               occurred_at AS happened_at, published_at, stored_at, trace_id
          FROM timeline
         WHERE application_id = $1
         ORDER BY entry_number
        """,
        application_id,
    )
    return [JourneyStep(kind="change", **row) for row in rows]
