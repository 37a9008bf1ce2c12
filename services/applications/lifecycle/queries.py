"""SQL of applications and their timeline entries."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from libs.contracts.language import Text
from libs.database.transaction import Transaction
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.entries import Entry

NOTES_OF_APPLICATIONS: Final = ("applications.note_bn", "applications.note_en")
NOTES_OF_ENTRIES: Final = ("timeline.note_bn", "timeline.note_en")


async def lock_applications(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, Application]:
    """Read applications and lock their rows until the transaction ends."""
    rows = await tx.fetch(
        """
        SELECT application_id, tracking_number, citizen_id, public_service_id, ministry, status,
               submitted_at, due_on, service_centre_id, overdue, delayed, case_file_number,
               note_bn, note_en, trace_context, adapter
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
        _sealed(tx, NOTES_OF_APPLICATIONS, one.application_id, one.note) for one in applications
    ]
    notes_of_entries = [
        _sealed(tx, NOTES_OF_ENTRIES, entry.event_id, entry.note) for entry in entries
    ]
    await tx.execute(
        """
        WITH changed AS (
            UPDATE applications
               SET status = new.status, due_on = new.due_on, overdue = new.overdue,
                   delayed = new.delayed, case_file_number = new.case_file_number,
                   note_bn = new.note_bn, note_en = new.note_en
              FROM unnest($1::uuid[], $2::text[], $3::date[], $4::boolean[], $5::boolean[],
                          $6::text[], $7::text[], $8::text[])
                AS new (application_id, status, due_on, overdue, delayed, case_file_number,
                        note_bn, note_en)
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
        [one.application_id for one in applications],
        [one.status for one in applications],
        [one.due_on for one in applications],
        [one.overdue for one in applications],
        [one.delayed for one in applications],
        [one.case_file_number for one in applications],
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
    )


def application_of(tx: Transaction, row: Any) -> Application:
    """Return the application of a row of the table `applications`."""
    notes = _opened(tx, NOTES_OF_APPLICATIONS, row["application_id"], row)
    return Application.from_row({**row, **notes})


def entry_of(tx: Transaction, row: Any) -> Entry:
    """Return the timeline entry of a row."""
    return Entry.from_row({**row, **_opened(tx, NOTES_OF_ENTRIES, row["event_id"], row)})


def _sealed(
    tx: Transaction, columns: tuple[str, str], row_id: UUID, note: Text | None
) -> tuple[str | None, str | None]:
    if note is None:
        return None, None
    bn, en = columns
    return tx.cipher.seal(bn, row_id, note.bn), tx.cipher.seal(en, row_id, note.en)


def _opened(
    tx: Transaction, columns: tuple[str, str], row_id: UUID, row: Any
) -> dict[str, str | None]:
    bn, en = columns
    return {
        "note_bn": tx.cipher.open(bn, row_id, row["note_bn"]),
        "note_en": tx.cipher.open(en, row_id, row["note_en"]),
    }
