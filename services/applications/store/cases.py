"""The SQL of cases: one function per statement, lists in and out."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.trace_context import read_text
from services.applications.domain.life import Application


async def lock_applications(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, Application]:
    """Read applications and hold their rows until the transaction ends."""
    rows = await tx.fetch(
        """
        SELECT application_id, tracking_number, citizen_id, public_service_id, ministry, status,
               submitted_at, due_on, service_centre_id, overdue, delayed, case_file_number,
               note_bn, note_en, trace_context
          FROM applications
         WHERE application_id = ANY($1::uuid[])
         ORDER BY application_id
           FOR UPDATE
        """,
        list(application_ids),
    )
    return {row["application_id"]: _application(row) for row in rows}


async def lock_own_application(
    tx: Transaction, tracking_number: str, citizen_id: UUID
) -> Application | None:
    """Read a citizen's own application and hold its row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT application_id, tracking_number, citizen_id, public_service_id, ministry, status,
               submitted_at, due_on, service_centre_id, overdue, delayed, case_file_number,
               note_bn, note_en, trace_context
          FROM applications
         WHERE tracking_number = $1 AND citizen_id = $2
           FOR UPDATE
        """,
        tracking_number,
        citizen_id,
    )
    return _application(row) if row else None


async def find_own_application(
    tx: Transaction, tracking_number: str, citizen_id: UUID
) -> Application | None:
    """Read a citizen's own application."""
    row = await tx.fetchrow(
        """
        SELECT application_id, tracking_number, citizen_id, public_service_id, ministry, status,
               submitted_at, due_on, service_centre_id, overdue, delayed, case_file_number,
               note_bn, note_en, trace_context
          FROM applications
         WHERE tracking_number = $1 AND citizen_id = $2
        """,
        tracking_number,
        citizen_id,
    )
    return _application(row) if row else None


async def list_own_applications(
    tx: Transaction, citizen_id: UUID, *, before: UUID | None, limit: int
) -> list[Application]:
    """Read a citizen's applications, newest first, those older than `before` only."""
    rows = await tx.fetch(
        """
        SELECT application_id, tracking_number, citizen_id, public_service_id, ministry, status,
               submitted_at, due_on, service_centre_id, overdue, delayed, case_file_number,
               note_bn, note_en, trace_context
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
    return [_application(row) for row in rows]


async def known_applications(tx: Transaction, application_ids: Collection[UUID]) -> set[UUID]:
    """Tell which applications exist, without holding or waiting for their rows."""
    rows = await tx.fetch(
        "SELECT application_id FROM applications WHERE application_id = ANY($1::uuid[])",
        list(application_ids),
    )
    return {row["application_id"] for row in rows}


async def save_applications(tx: Transaction, applications: Sequence[Application]) -> None:
    """Write what can change of applications that are held."""
    await tx.execute(
        """
        UPDATE applications
           SET status = new.status, due_on = new.due_on, overdue = new.overdue,
               delayed = new.delayed, case_file_number = new.case_file_number,
               note_bn = new.note_bn, note_en = new.note_en
          FROM unnest($1::uuid[], $2::text[], $3::date[], $4::boolean[], $5::boolean[],
                      $6::text[], $7::text[], $8::text[])
            AS new (application_id, status, due_on, overdue, delayed, case_file_number,
                    note_bn, note_en)
         WHERE applications.application_id = new.application_id
        """,
        [each.application_id for each in applications],
        [each.status for each in applications],
        [each.due_on for each in applications],
        [each.overdue for each in applications],
        [each.delayed for each in applications],
        [each.case_file_number for each in applications],
        [each.note.bn if each.note else None for each in applications],
        [each.note.en if each.note else None for each in applications],
    )


async def mark_overdue(tx: Transaction, today: date, limit: int) -> list[Application]:
    """Mark applications whose ministry's time is over; rows that are busy come next time."""
    rows = await tx.fetch(
        """
        UPDATE applications
           SET overdue = true
         WHERE application_id = ANY (ARRAY(
               SELECT application_id
                 FROM applications
                WHERE NOT overdue AND status IN ('submitted', 'with_ministry') AND due_on < $1
                ORDER BY due_on
                LIMIT $2
                  FOR UPDATE SKIP LOCKED))
        RETURNING application_id, tracking_number, citizen_id, public_service_id, ministry, status,
               submitted_at, due_on, service_centre_id, overdue, delayed, case_file_number,
               note_bn, note_en, trace_context
        """,
        today,
        limit,
    )
    return [_application(row) for row in rows]


def _application(row: Any) -> Application:
    return Application(
        application_id=row["application_id"],
        tracking_number=row["tracking_number"],
        citizen_id=row["citizen_id"],
        public_service_id=row["public_service_id"],
        ministry=row["ministry"],
        status=row["status"],
        submitted_at=row["submitted_at"],
        due_on=row["due_on"],
        service_centre_id=row["service_centre_id"],
        overdue=row["overdue"],
        delayed=row["delayed"],
        case_file_number=row["case_file_number"],
        note=_note(row),
        trace=read_text(row["trace_context"]),
    )


def _note(row: Any) -> Text | None:
    return None if row["note_bn"] is None else Text(bn=row["note_bn"], en=row["note_en"])
