"""The SQL of a new application: its case, its submission and the first line of its timeline."""

from collections.abc import Sequence
from uuid import UUID

from pydantic_core import to_json

from libs.database.transaction import Transaction
from services.applications.domain.lodging import Lodged


async def insert_lodged(tx: Transaction, lodged: Sequence[Lodged]) -> set[UUID]:
    """Open new applications in one round trip: a citizen waits for it.

    Returns:
        The ids of those whose tracking number was free; of the others nothing is kept.
    """
    cases = [each.application for each in lodged]
    rows = await tx.fetch(
        """
        WITH new AS (
            SELECT *
              FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                          $7::timestamptz[], $8::date[], $9::text[], $10::text[], $11::uuid[],
                          $12::bigint[], $13::text[], $14::uuid[], $15::text[], $16::text[])
                   AS new (application_id, tracking_number, citizen_id, public_service_id,
                           ministry, status, submitted_at, due_on, service_centre_id,
                           trace_context, submission_id, form_version, form,
                           event_id, event_type, trace_id)
        ), opened AS (
            INSERT INTO applications (
                   application_id, tracking_number, citizen_id, public_service_id, ministry,
                   status, submitted_at, due_on, service_centre_id, trace_context)
            SELECT application_id, tracking_number, citizen_id, public_service_id, ministry,
                   status, submitted_at, due_on, service_centre_id, trace_context
              FROM new
                ON CONFLICT (tracking_number) DO NOTHING
            RETURNING application_id
        ), handed_in AS (
            INSERT INTO submissions (
                   application_id, submission_id, handed_in_at, form_version, form)
            SELECT application_id, submission_id, submitted_at, form_version, form
              FROM new
              JOIN opened USING (application_id)
        ), told AS (
            INSERT INTO timeline (application_id, event_id, type, happened_at, trace_id)
            SELECT application_id, event_id, event_type, submitted_at, trace_id
              FROM new
              JOIN opened USING (application_id)
        )
        SELECT application_id FROM opened
        """,
        [case.application_id for case in cases],
        [case.tracking_number for case in cases],
        [case.citizen_id for case in cases],
        [case.public_service_id for case in cases],
        [case.ministry for case in cases],
        [case.status for case in cases],
        [case.submitted_at for case in cases],
        [case.due_on for case in cases],
        [case.service_centre_id for case in cases],
        [case.trace.text() if case.trace else None for case in cases],
        [each.submission.event_id for each in lodged],
        [each.submission.form_version for each in lodged],
        [to_json(each.submission.form).decode() for each in lodged],
        [each.announcement.event_id for each in lodged],
        [each.announcement.type for each in lodged],
        [each.announcement.trace.trace_id if each.announcement.trace else None for each in lodged],
    )
    return {row["application_id"] for row in rows}
