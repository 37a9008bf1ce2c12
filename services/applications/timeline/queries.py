"""SQL of timelines."""

from collections.abc import Collection, Sequence
from uuid import UUID

from libs.contracts.language import Text
from libs.database.transaction import Transaction
from services.applications.timeline.rules import Entry


async def existing_applications(tx: Transaction, application_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these applications exist, without locking or waiting for their rows."""
    rows = await tx.fetch(
        "SELECT application_id FROM applications WHERE application_id = ANY($1::uuid[])",
        list(application_ids),
    )
    return {row["application_id"] for row in rows}


async def insert_entries(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Add entries to timelines; an entry that exists already stays as it is."""
    await tx.execute(
        """
        INSERT INTO timeline (
               application_id, event_id, type, occurred_at, outcome, note_bn, note_en, trace_id,
               cause)
        SELECT *
          FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[],
                      $6::text[], $7::text[], $8::text[], $9::text[])
            ON CONFLICT (application_id, event_id) DO NOTHING
        """,
        [entry.application_id for entry in entries],
        [entry.event_id for entry in entries],
        [entry.type for entry in entries],
        [entry.at for entry in entries],
        [entry.outcome for entry in entries],
        [entry.note.bn if entry.note else None for entry in entries],
        [entry.note.en if entry.note else None for entry in entries],
        [entry.trace_id for entry in entries],
        [entry.cause for entry in entries],
    )


async def read_timeline(tx: Transaction, application_id: UUID) -> list[Entry]:
    """Read the timeline of an application in the order of writing.

    That order keeps cause before effect. The clocks of several machines do not.
    """
    rows = await tx.fetch(
        """
        SELECT application_id, event_id, type, occurred_at, outcome, note_bn, note_en, trace_id,
               cause
          FROM timeline
         WHERE application_id = $1
         ORDER BY entry_number
        """,
        application_id,
    )
    return [
        Entry(
            event_id=row["event_id"],
            application_id=row["application_id"],
            type=row["type"],
            at=row["occurred_at"],
            outcome=row["outcome"],
            note=None if row["note_bn"] is None else Text(bn=row["note_bn"], en=row["note_en"]),
            trace_id=row["trace_id"],
            cause=row["cause"],
        )
        for row in rows
    ]
