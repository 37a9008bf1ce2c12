"""The SQL of what is only ever added to a case: submissions and the timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from libs.contracts.applications import SubmissionCorrected, SubmissionLodged
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from services.applications.domain.timeline import Entry


@dataclass(frozen=True, slots=True)
class Submission:
    """What a citizen handed in: the snapshot that nobody changes afterwards."""

    application_id: UUID
    submission_id: UUID
    handed_in_at: datetime
    form_version: int
    form: dict[str, Any]


def submission_of(event: SubmissionLodged | SubmissionCorrected) -> Submission:
    """Keep of an event what the citizen handed in, under the event's id."""
    return Submission(
        application_id=event.application_id,
        submission_id=event.event_id,
        handed_in_at=event.occurred_at,
        form_version=event.form_version,
        form=event.form,
    )


async def insert_submissions(tx: Transaction, submissions: Sequence[Submission]) -> None:
    """Keep what citizens handed in."""
    await tx.execute(
        """
        INSERT INTO submissions (application_id, submission_id, handed_in_at, form_version, form)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[], $5::text[])
        """,
        [each.application_id for each in submissions],
        [each.submission_id for each in submissions],
        [each.handed_in_at for each in submissions],
        [each.form_version for each in submissions],
        [to_json(each.form).decode() for each in submissions],
    )


async def insert_entries(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Add lines to timelines; a line that is there already stays as it is."""
    await tx.execute(
        """
        INSERT INTO timeline (
               application_id, event_id, type, happened_at, outcome, note_bn, note_en, trace_id,
               cause)
        SELECT *
          FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[],
                      $6::text[], $7::text[], $8::text[], $9::text[])
            ON CONFLICT (application_id, event_id) DO NOTHING
        """,
        [each.application_id for each in entries],
        [each.event_id for each in entries],
        [each.type for each in entries],
        [each.at for each in entries],
        [each.outcome for each in entries],
        [each.note.bn if each.note else None for each in entries],
        [each.note.en if each.note else None for each in entries],
        [each.trace_id for each in entries],
        [each.cause for each in entries],
    )


async def read_timeline(tx: Transaction, application_id: UUID) -> list[Entry]:
    """Read what happened to an application, in the order in which it was heard.

    That order keeps cause before effect; the clocks of several machines do not.
    """
    rows = await tx.fetch(
        """
        SELECT application_id, event_id, type, happened_at, outcome, note_bn, note_en, trace_id,
               cause
          FROM timeline
         WHERE application_id = $1
         ORDER BY place
        """,
        application_id,
    )
    return [
        Entry(
            event_id=row["event_id"],
            application_id=row["application_id"],
            type=row["type"],
            at=row["happened_at"],
            outcome=row["outcome"],
            note=_note(row),
            trace_id=row["trace_id"],
            cause=row["cause"],
        )
        for row in rows
    ]


def _note(row: Any) -> Text | None:
    return None if row["note_bn"] is None else Text(bn=row["note_bn"], en=row["note_en"])
