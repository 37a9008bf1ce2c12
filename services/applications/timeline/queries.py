"""SQL that reads citizens' own applications and timelines."""

from collections.abc import Collection
from uuid import UUID

from libs.database.transaction import Transaction
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.entries import Entry
from services.applications.lifecycle.notes import application_of, entry_of


async def existing_applications(tx: Transaction, application_ids: Collection[UUID]) -> set[UUID]:
    """Return the ids of those applications that exist; take no locks."""
    rows = await tx.fetch(
        "SELECT application_id FROM applications WHERE application_id = ANY($1::uuid[])",
        list(application_ids),
    )
    return {row["application_id"] for row in rows}


async def find_own_application(
    tx: Transaction, tracking_number: str, citizen_id: UUID
) -> Application | None:
    """Read a citizen's own application."""
    row = await tx.fetchrow(
        """
        SELECT application_id, tracking_number, citizen_id, public_service_id, ministry, status,
               submitted_at, due_on, service_centre_id, overdue, delayed, case_file_number,
               note_bn, note_en, trace_context, adapter, waits_for, office, form_origin,
               former_ministries, step, deadline, appeal_until, appeal, appealed_at
          FROM applications
         WHERE tracking_number = $1 AND citizen_id = $2
        """,
        tracking_number,
        citizen_id,
    )
    return application_of(tx, row) if row else None


async def list_own_applications(
    tx: Transaction, citizen_id: UUID, *, before: UUID | None, limit: int
) -> list[Application]:
    """Read a citizen's applications, newest first; with `before`, only older ones."""
    rows = await tx.fetch(
        """
        SELECT application_id, tracking_number, citizen_id, public_service_id, ministry, status,
               submitted_at, due_on, service_centre_id, overdue, delayed, case_file_number,
               note_bn, note_en, trace_context, adapter, waits_for, office, form_origin,
               former_ministries
          FROM applications
         WHERE citizen_id = $1
           AND application_id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
         ORDER BY application_id DESC
         LIMIT $3
        """,
        citizen_id,
        before,
        limit,
    )
    return [application_of(tx, row) for row in rows]


async def read_timeline(tx: Transaction, tracking_number: str, citizen_id: UUID) -> list[Entry]:
    """Read the timeline of a citizen's own application in the order of writing.

    In that order a cause comes before its effect, even if the clocks of machines differ. It is
    empty if the citizen has no application with this number.
    """
    rows = await tx.fetch(
        """
        SELECT application_id, event_id, type, occurred_at AS at, outcome, note_bn, note_en,
               trace_id, cause
          FROM timeline
         WHERE application_id = (SELECT application_id
                                   FROM applications
                                  WHERE tracking_number = $1 AND citizen_id = $2)
         ORDER BY entry_number
        """,
        tracking_number,
        citizen_id,
    )
    return [entry_of(tx, row) for row in rows]
