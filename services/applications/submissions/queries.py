"""SQL of submissions."""

from collections.abc import Sequence
from uuid import UUID

import orjson
from pydantic_core import to_json

from libs.contracts.applications import (
    SubmissionCorrected,
    SubmissionLodged,
    SubmittedForm,
)
from libs.contracts.documents import DocumentReference
from libs.database.transaction import Transaction
from services.applications.forms.papers import read_references
from services.applications.lifecycle.encrypted import FORM
from services.applications.lifecycle.notes import office_as_json
from services.applications.submissions.rules import NewApplication


async def insert_applications(tx: Transaction, new: Sequence[NewApplication]) -> set[UUID]:
    """Insert applications, submissions and first timeline entries in one round trip.

    Returns:
        The ids of the stored applications; one with a taken tracking number is not stored.
    """
    applications = [one.application for one in new]
    rows = await tx.fetch(
        """
        WITH new AS (
            SELECT *
              FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                          $7::timestamptz[], $8::date[], $9::text[], $10::text[], $11::uuid[],
                          $12::bigint[], $13::text[], $14::uuid[], $15::text[], $16::text[],
                          $17::text[], $18::text[], $19::text[], $20::text[], $21::text[])
                   AS new (application_id, tracking_number, citizen_id, public_service_id,
                           ministry, status, submitted_at, due_on, service_centre_id,
                           trace_context, submission_id, form_version, form,
                           event_id, event_type, trace_id, adapter, documents, office,
                           waits_for, form_origin)
        ), inserted AS (
            INSERT INTO applications (
                   application_id, tracking_number, citizen_id, public_service_id, ministry,
                   status, submitted_at, due_on, service_centre_id, trace_context, adapter,
                   office, waits_for, form_origin)
            SELECT application_id, tracking_number, citizen_id, public_service_id, ministry,
                   status, submitted_at, due_on, service_centre_id, trace_context, adapter,
                   office, waits_for, form_origin
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
        [application.application_id for application in applications],
        [application.tracking_number for application in applications],
        [application.citizen_id for application in applications],
        [application.public_service_id for application in applications],
        [application.ministry for application in applications],
        [application.status for application in applications],
        [application.submitted_at for application in applications],
        [application.due_on for application in applications],
        [application.service_centre_id for application in applications],
        [application.trace.text() if application.trace else None for application in applications],
        [one.submission.event_id for one in new],
        [one.submission.form_version for one in new],
        [_sealed_form(tx, one.submission) for one in new],
        [one.announcement.event_id for one in new],
        [one.announcement.type for one in new],
        [one.announcement.trace.trace_id if one.announcement.trace else None for one in new],
        [application.adapter for application in applications],
        [_as_json(one.submission.documents) for one in new],
        [office_as_json(application) for application in applications],
        [application.waits_for for application in applications],
        [application.form_origin for application in applications],
    )
    return {row["application_id"] for row in rows}


async def find_last_form(
    tx: Transaction, tracking_number: str, citizen_id: UUID
) -> SubmittedForm | None:
    """Read the newest snapshot of a citizen's own application."""
    row = await tx.fetchrow(
        """
        SELECT public_service_id, submission_id, form, form_version, submissions.submitted_at
          FROM applications
          JOIN submissions USING (application_id)
         WHERE tracking_number = $1 AND citizen_id = $2
         ORDER BY submissions.submitted_at DESC
         LIMIT 1
        """,
        tracking_number,
        citizen_id,
    )
    if row is None:
        return None
    values = dict(row)
    form = tx.cipher.open(FORM, values.pop("submission_id"), values.pop("form"))
    return SubmittedForm(form=orjson.loads(form), **values)


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
    found = [each for row in rows for each in read_references(row["documents"])]
    return {reference.document_id: reference for reference in found}


def _as_json(documents: Sequence[DocumentReference]) -> str | None:
    return to_json(documents).decode() if documents else None


def _sealed_form(tx: Transaction, submission: SubmissionLodged | SubmissionCorrected) -> str:
    return tx.cipher.seal(FORM, submission.event_id, to_json(submission.form).decode())
