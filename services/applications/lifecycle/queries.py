"""SQL of applications, of submissions, and of timeline entries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from pydantic_core import to_json

from libs.contracts.applications import (
    ApplicationSubmitted,
    SubmissionCorrected,
    SubmissionMade,
    SubmittedForm,
)
from libs.contracts.documents import DocumentReference
from libs.database.rows import columns
from libs.database.transaction import Transaction
from libs.ids import new_id
from services.applications.forms.papers import read_references
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.encrypted import (
    FORM,
    NOTES_OF_APPLICATIONS,
    NOTES_OF_ENTRIES,
)
from services.applications.lifecycle.entries import Entry
from services.applications.lifecycle.notes import (
    appeal_as_json,
    application_of,
    office_as_json,
    sealed_note,
    step_as_json,
)

_CLOCKS_DIFFER: Final = timedelta(hours=1)


class NewRow(NamedTuple):
    """An application with its submission and its first timeline entry."""

    application_id: UUID
    tracking_number: str
    citizen_id: UUID
    public_service_id: str
    ministry: str
    status: str
    submitted_at: datetime
    due_on: date | None
    service_centre_id: str | None
    trace_context: str | None
    submission_id: UUID
    form_version: int
    form: str
    event_id: UUID
    event_type: str
    trace_id: str | None
    adapter: str
    documents: str | None
    office: str | None
    waits_for: str | None
    form_origin: str
    deadline: str | None


class ChangedRow(NamedTuple):
    """The columns of an application that events change."""

    application_id: UUID
    status: str
    due_on: date | None
    overdue: bool
    delayed: bool
    case_file_number: str | None
    note_bn: str | None
    note_en: str | None
    office: str | None
    form_origin: str
    step: str | None
    deadline: str | None
    is_paused: bool
    appeal_until: date | None
    appeal: str | None
    appealed_at: datetime | None


class EntryRow(NamedTuple):
    """An entry of a timeline."""

    application_id: UUID
    event_id: UUID
    type: str
    occurred_at: datetime
    outcome: str | None
    note_bn: str | None
    note_en: str | None
    trace_id: str | None
    cause: str | None
    published_at: datetime | None


async def insert_applications(
    tx: Transaction,
    new: Iterable[tuple[Application, SubmissionMade, ApplicationSubmitted]],
) -> set[UUID]:
    """Insert applications, submissions and first timeline entries in one round trip.

    Returns:
        The ids of the stored applications; one with a taken tracking number is not stored.
    """
    rows = await tx.fetch(
        """
        WITH new AS (
            SELECT *
              FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                          $7::timestamptz[], $8::date[], $9::text[], $10::text[], $11::uuid[],
                          $12::bigint[], $13::text[], $14::uuid[], $15::text[], $16::text[],
                          $17::text[], $18::text[], $19::text[], $20::text[], $21::text[],
                          $22::text[])
                   AS new (application_id, tracking_number, citizen_id, public_service_id,
                           ministry, status, submitted_at, due_on, service_centre_id,
                           trace_context, submission_id, form_version, form,
                           event_id, event_type, trace_id, adapter, documents, office,
                           waits_for, form_origin, deadline)
        ), inserted AS (
            INSERT INTO applications (
                   application_id, tracking_number, citizen_id, public_service_id, ministry,
                   status, submitted_at, due_on, service_centre_id, trace_context, adapter,
                   office, waits_for, form_origin, deadline)
            SELECT application_id, tracking_number, citizen_id, public_service_id, ministry,
                   status, submitted_at, due_on, service_centre_id, trace_context, adapter,
                   office, waits_for, form_origin, deadline
              FROM new
                ON CONFLICT (tracking_number) DO NOTHING
            RETURNING application_id
        ), submitted AS (
            INSERT INTO submissions (
                   application_id, submission_id, submitted_at, form_version, form, documents)
            SELECT application_id, submission_id, submitted_at, form_version, form, documents
              FROM new
              JOIN inserted USING (application_id)
        ), announced AS (
            INSERT INTO timeline (application_id, event_id, type, occurred_at, trace_id)
            SELECT application_id, event_id, event_type, submitted_at, trace_id
              FROM new
              JOIN inserted USING (application_id)
        )
        SELECT application_id FROM inserted
        """,
        *columns(NewRow, [_new_row(tx, *submitted) for submitted in new]),
    )
    return {row["application_id"] for row in rows}


def _new_row(
    tx: Transaction,
    application: Application,
    submission: SubmissionMade,
    announcement: ApplicationSubmitted,
) -> NewRow:
    return NewRow(
        application_id=application.application_id,
        tracking_number=application.tracking_number,
        citizen_id=application.citizen_id,
        public_service_id=application.public_service_id,
        ministry=application.ministry,
        status=application.status,
        submitted_at=application.submitted_at,
        due_on=application.due_on,
        service_centre_id=application.service_centre_id,
        trace_context=application.trace.text() if application.trace else None,
        submission_id=submission.event_id,
        form_version=submission.form_version,
        form=_sealed_form(tx, submission),
        event_id=announcement.event_id,
        event_type=announcement.type,
        trace_id=announcement.trace.trace_id if announcement.trace else None,
        adapter=application.adapter,
        documents=_as_json(submission.documents),
        office=office_as_json(application),
        waits_for=application.waits_for,
        form_origin=application.form_origin,
        deadline=application.deadline.text() if application.deadline else None,
    )


async def lock_applications(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, Application]:
    """Read applications and lock their rows until the transaction ends."""
    rows = await tx.fetch(
        """
        SELECT application_id, tracking_number, citizen_id, public_service_id, ministry, status,
               submitted_at, due_on, service_centre_id, overdue, delayed, case_file_number,
               note_bn, note_en, trace_context, adapter, waits_for, office, form_origin,
               former_ministries, erased, step, deadline, appeal_until, appeal, appealed_at
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
    await tx.execute(
        """
        WITH changed AS (
            UPDATE applications
               SET status = new.status, due_on = new.due_on, overdue = new.overdue,
                   delayed = new.delayed, case_file_number = new.case_file_number,
                   note_bn = new.note_bn, note_en = new.note_en, office = new.office,
                   form_origin = new.form_origin, step = new.step, deadline = new.deadline,
                   is_paused = new.is_paused, appeal_until = new.appeal_until,
                   appeal = new.appeal, appealed_at = new.appealed_at
              FROM unnest($1::uuid[], $2::text[], $3::date[], $4::boolean[], $5::boolean[],
                          $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                          $11::text[], $12::text[], $13::boolean[], $14::date[], $15::text[],
                          $16::timestamptz[])
                AS new (application_id, status, due_on, overdue, delayed, case_file_number,
                        note_bn, note_en, office, form_origin, step, deadline, is_paused,
                        appeal_until, appeal, appealed_at)
             WHERE applications.application_id = new.application_id
        )
        INSERT INTO timeline (
               application_id, event_id, type, occurred_at, outcome, note_bn, note_en, trace_id,
               cause, published_at)
        SELECT *
          FROM unnest($17::uuid[], $18::uuid[], $19::text[], $20::timestamptz[], $21::text[],
                      $22::text[], $23::text[], $24::text[], $25::text[], $26::timestamptz[])
            AS new (application_id, event_id, type, occurred_at, outcome, note_bn, note_en,
                    trace_id, cause, published_at)
            ON CONFLICT (application_id, event_id) DO NOTHING
        """,
        *columns(ChangedRow, [_changed_row(tx, application) for application in applications]),
        *columns(EntryRow, [_entry_row(tx, entry) for entry in entries]),
    )


def _changed_row(tx: Transaction, application: Application) -> ChangedRow:
    note_bn, note_en = sealed_note(
        tx, NOTES_OF_APPLICATIONS, application.application_id, application.note
    )
    return ChangedRow(
        application_id=application.application_id,
        status=application.status,
        due_on=application.due_on,
        overdue=application.overdue,
        delayed=application.delayed,
        case_file_number=application.case_file_number,
        note_bn=note_bn,
        note_en=note_en,
        office=office_as_json(application),
        form_origin=application.form_origin,
        step=step_as_json(application),
        deadline=application.deadline.text() if application.deadline else None,
        is_paused=application.is_paused,
        appeal_until=application.appeal_until,
        appeal=appeal_as_json(application),
        appealed_at=application.appealed_at,
    )


def _entry_row(tx: Transaction, entry: Entry) -> EntryRow:
    note_bn, note_en = sealed_note(tx, NOTES_OF_ENTRIES, entry.event_id, entry.note)
    return EntryRow(
        application_id=entry.application_id,
        event_id=entry.event_id,
        type=entry.type,
        occurred_at=entry.at,
        outcome=entry.outcome,
        note_bn=note_bn,
        note_en=note_en,
        trace_id=entry.trace_id,
        cause=entry.cause,
        published_at=entry.published_at,
    )


async def save_responsible(tx: Transaction, applications: Collection[Application]) -> None:
    """Store who is responsible for locked applications: ministry, adapter and office."""
    await tx.execute(
        """
        UPDATE applications
           SET ministry = given.ministry, adapter = given.adapter, waits_for = given.waits_for,
               waited_until = CASE WHEN applications.waits_for IS NOT NULL
                                    AND given.waits_for IS NULL
                                   THEN now() ELSE waited_until END,
               office = given.office, former_ministries = string_to_array(given.former, ' ')
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
               AS given (application_id, ministry, adapter, waits_for, office, former)
         WHERE applications.application_id = given.application_id
        """,
        [application.application_id for application in applications],
        [application.ministry for application in applications],
        [application.adapter for application in applications],
        [application.waits_for for application in applications],
        [office_as_json(application) for application in applications],
        # As text: PostgreSQL has no arrays of arrays of different lengths.
        [" ".join(application.former_ministries) for application in applications],
    )


async def find_last_form(
    tx: Transaction, tracking_number: str, citizen_id: UUID, *, earlier: int
) -> SubmittedForm | None:
    """Read the newest snapshot of a citizen's own application, and as many earlier ones.

    Earlier ones that are damaged are counted.
    """
    rows = await tx.fetch(
        """
        SELECT public_service_id, submission_id, form, form_version, submissions.submitted_at
          FROM applications
          JOIN submissions USING (application_id)
         WHERE tracking_number = $1 AND citizen_id = $2
         ORDER BY submissions.submitted_at DESC
         LIMIT $3
        """,
        tracking_number,
        citizen_id,
        1 + earlier,
    )
    if not rows:
        return None
    found: list[SubmittedForm] = []
    for row in rows:
        values = dict(row)
        submission_id, sealed = values.pop("submission_id"), values.pop("form")
        if row is rows[0]:
            form: str | None = tx.cipher.open(FORM, submission_id, sealed)
        else:
            form, _ = tx.cipher.try_open(FORM, submission_id, sealed)
        if form is not None:
            found.append(SubmittedForm(form=orjson.loads(form), **values))
    damaged = len(rows) - len(found)
    return found[0].model_copy(update={"earlier": found[1:], "earlier_damaged": damaged})


async def find_last_forms(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, Mapping[str, Any]]:
    """Read the forms of the newest snapshots of applications."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (application_id) application_id, submission_id, form
          FROM submissions
         WHERE application_id = ANY($1::uuid[])
         ORDER BY application_id, submitted_at DESC
        """,
        list(application_ids),
    )
    return {
        row["application_id"]: orjson.loads(tx.cipher.open(FORM, row["submission_id"], row["form"]))
        for row in rows
    }


async def read_granted(
    tx: Transaction, application_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[UUID]]:
    """Read the papers of applications, in the order in which they were granted."""
    rows = await tx.fetch(
        """
        SELECT application_id, paper_id
          FROM granted_papers
         WHERE application_id = ANY($1::uuid[])
         ORDER BY application_id, paper_no
        """,
        list(application_ids),
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        found[row["application_id"]].append(row["paper_id"])
    return found


async def insert_granted(
    tx: Transaction, application_id: UUID, paper_no: int, paper_id: UUID
) -> None:
    """Insert a paper of an application whose row is locked."""
    await tx.execute(
        "INSERT INTO granted_papers (application_id, paper_no, paper_id) VALUES ($1, $2, $3)",
        application_id,
        paper_no,
        paper_id,
    )


async def insert_correction(tx: Transaction, submission: SubmissionCorrected) -> None:
    """Insert the snapshot of a corrected form."""
    await tx.execute(
        """
        INSERT INTO submissions (
               application_id, submission_id, submitted_at, form_version, form, documents)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        submission.application_id,
        submission.event_id,
        submission.occurred_at,
        submission.form_version,
        _sealed_form(tx, submission),
        _as_json(submission.documents),
    )


async def find_documents(tx: Transaction, application_id: UUID) -> dict[UUID, DocumentReference]:
    """Read the papers of all submissions of an application, by their ids."""
    rows = await tx.fetch(
        "SELECT documents FROM submissions WHERE application_id = $1 AND documents IS NOT NULL",
        application_id,
    )
    found = [reference for row in rows for reference in read_references(row["documents"])]
    return {reference.document_id: reference for reference in found}


def _as_json(documents: Sequence[DocumentReference]) -> str | None:
    return to_json(documents).decode() if documents else None


def _sealed_form(tx: Transaction, submission: SubmissionMade | SubmissionCorrected) -> str:
    return tx.cipher.seal(FORM, submission.event_id, to_json(submission.form).decode())


async def find_application_ids(tx: Transaction, citizen_id: UUID) -> list[UUID]:
    """Return the ids of all applications of a citizen."""
    rows = await tx.fetch(
        "SELECT application_id FROM applications WHERE citizen_id = $1", citizen_id
    )
    return [row["application_id"] for row in rows]


async def delete_content(tx: Transaction, application_ids: Collection[UUID]) -> dict[str, int]:
    """Delete forms and notes of applications, and separate them from their person.

    Each gets a citizen_id of its own that belongs to nobody, so that two applications of one person
    cannot be found by it. The rows must be locked.

    Returns:
        How many forms and notes were deleted.
    """
    row = await tx.fetchrow(
        """
        WITH forms AS (
            DELETE FROM submissions WHERE application_id = ANY($1) RETURNING 1
        ), notes AS (
            UPDATE timeline
               SET note_bn = NULL, note_en = NULL, trace_id = NULL
             WHERE application_id = ANY($1)
            RETURNING old.note_bn IS NOT NULL AS had_note
        ), cases AS (
            UPDATE applications
               SET citizen_id = gen_random_uuid(), erased = true, case_file_number = NULL,
                   note_bn = NULL, note_en = NULL, trace_context = NULL, step = NULL
             WHERE application_id = ANY($1)
        )
        SELECT (SELECT count(*) FROM forms) AS forms,
               (SELECT count(*) FROM notes WHERE had_note) AS notes
        """,
        list(application_ids),
    )
    return dict(row) if row else {}


async def count_submitted(tx: Transaction, start: datetime, end: datetime) -> dict[str, int]:
    """Count the applications that were submitted in a time, by public service.

    Ids grow with time, so the index of the ids finds them; one that was made on a machine whose
    clock is an hour off is found, too.
    """
    rows = await tx.fetch(
        """
        SELECT public_service_id, count(*) AS number
          FROM applications
         WHERE application_id >= $3 AND application_id < $4
           AND submitted_at >= $1 AND submitted_at < $2
         GROUP BY public_service_id
        """,
        start,
        end,
        new_id(start - _CLOCKS_DIFFER),
        new_id(end + _CLOCKS_DIFFER),
    )
    return {row["public_service_id"]: row["number"] for row in rows}
