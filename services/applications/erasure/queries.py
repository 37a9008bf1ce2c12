"""SQL that finds and deletes what a citizen wrote and was told."""

from collections.abc import Collection
from uuid import UUID

from libs.database.transaction import Transaction


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
                   note_bn = NULL, note_en = NULL, trace_context = NULL
             WHERE application_id = ANY($1)
        )
        SELECT (SELECT count(*) FROM forms) AS forms,
               (SELECT count(*) FROM notes WHERE had_note) AS notes
        """,
        list(application_ids),
    )
    return dict(row) if row else {}
