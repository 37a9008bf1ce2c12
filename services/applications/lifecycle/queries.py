"""SQL of applications and their timeline entries."""

from collections.abc import Collection, Sequence
from uuid import UUID

from libs.database.transaction import Transaction
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.encrypted import NOTES_OF_APPLICATIONS, NOTES_OF_ENTRIES
from services.applications.lifecycle.entries import Entry
from services.applications.lifecycle.notes import application_of, office_as_json, sealed_note


async def lock_applications(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, Application]:
    """Read applications and lock their rows until the transaction ends."""
    rows = await tx.fetch(
        """
        SELECT application_id, tracking_number, citizen_id, public_service_id, ministry, status,
               submitted_at, due_on, service_centre_id, overdue, delayed, case_file_number,
               note_bn, note_en, trace_context, adapter, waits_for, office, form_origin,
               former_ministries, erased
          FROM applications
         WHERE application_id = ANY($1::uuid[])
         ORDER BY application_id
           FOR UPDATE
        """,
        list(application_ids),
    )
    return {row["application_id"]: application_of(tx, row) for row in rows}


async def find_application_id(
    tx: Transaction, tracking_number: str, citizen_id: UUID
) -> UUID | None:
    """Return the id of a citizen's own application."""
    application_id: UUID | None = await tx.fetchval(
        "SELECT application_id FROM applications WHERE tracking_number = $1 AND citizen_id = $2",
        tracking_number,
        citizen_id,
    )
    return application_id


async def save(
    tx: Transaction, applications: Sequence[Application], entries: Sequence[Entry]
) -> None:
    """Store locked applications and their new timeline entries in one round trip.

    An existing entry stays as it is.
    """
    notes_of_applications = [
        sealed_note(tx, NOTES_OF_APPLICATIONS, application.application_id, application.note)
        for application in applications
    ]
    notes_of_entries = [
        sealed_note(tx, NOTES_OF_ENTRIES, entry.event_id, entry.note) for entry in entries
    ]
    await tx.execute(
        """
        WITH changed AS (
            UPDATE applications
               SET status = new.status, due_on = new.due_on, overdue = new.overdue,
                   delayed = new.delayed, case_file_number = new.case_file_number,
                   note_bn = new.note_bn, note_en = new.note_en, office = new.office,
                   form_origin = new.form_origin
              FROM unnest($1::uuid[], $2::text[], $3::date[], $4::boolean[], $5::boolean[],
                          $6::text[], $7::text[], $8::text[], $18::text[], $19::text[])
                AS new (application_id, status, due_on, overdue, delayed, case_file_number,
                        note_bn, note_en, office, form_origin)
             WHERE applications.application_id = new.application_id
        )
        INSERT INTO timeline (
               application_id, event_id, type, occurred_at, outcome, note_bn, note_en, trace_id,
               cause)
        SELECT *
          FROM unnest($9::uuid[], $10::uuid[], $11::text[], $12::timestamptz[], $13::text[],
                      $14::text[], $15::text[], $16::text[], $17::text[])
            ON CONFLICT (application_id, event_id) DO NOTHING
        """,
        [application.application_id for application in applications],
        [application.status for application in applications],
        [application.due_on for application in applications],
        [application.overdue for application in applications],
        [application.delayed for application in applications],
        [application.case_file_number for application in applications],
        [notes[0] for notes in notes_of_applications],
        [notes[1] for notes in notes_of_applications],
        [entry.application_id for entry in entries],
        [entry.event_id for entry in entries],
        [entry.type for entry in entries],
        [entry.at for entry in entries],
        [entry.outcome for entry in entries],
        [notes[0] for notes in notes_of_entries],
        [notes[1] for notes in notes_of_entries],
        [entry.trace_id for entry in entries],
        [entry.cause for entry in entries],
        [office_as_json(application) for application in applications],
        [application.form_origin for application in applications],
    )
