"""SQL of corrections that wait for a consent."""

from datetime import datetime
from uuid import UUID

import orjson
from pydantic_core import to_json

from libs.database.transaction import Transaction
from services.applications.corrections.encrypted import PROPOSED
from services.applications.corrections.rules import Proposed
from services.applications.forms.papers import read_references


async def save(tx: Transaction, proposed: Proposed) -> None:
    """Store a correction in the place of the one that waited before."""
    documents = tuple(proposed.documents.values())
    await tx.execute(
        """
        INSERT INTO proposed_corrections (
               application_id, citizen_id, correction_id, form, documents, changes, proposed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (application_id) DO UPDATE
               SET correction_id = excluded.correction_id, form = excluded.form,
                   documents = excluded.documents, changes = excluded.changes,
                   proposed_at = excluded.proposed_at
        """,
        proposed.application_id,
        proposed.citizen_id,
        proposed.correction_id,
        tx.cipher.seal(PROPOSED, proposed.application_id, to_json(proposed.form).decode()),
        to_json(documents).decode() if documents else None,
        list(proposed.changes),
        proposed.proposed_at,
    )


async def find(tx: Transaction, application_id: UUID, since: datetime) -> Proposed | None:
    """Read the correction of an application that has waited since a time at most."""
    row = await tx.fetchrow(
        """
        SELECT application_id, citizen_id, correction_id, form, documents, changes, proposed_at
          FROM proposed_corrections
         WHERE application_id = $1 AND proposed_at > $2
        """,
        application_id,
        since,
    )
    if row is None:
        return None
    values = dict(row)
    references = read_references(values.pop("documents"))
    return Proposed(
        form=orjson.loads(tx.cipher.open(PROPOSED, application_id, values.pop("form"))),
        documents={reference.document_id: reference for reference in references},
        changes=tuple(values.pop("changes")),
        **values,
    )


async def delete(tx: Transaction, application_id: UUID) -> None:
    """Delete the correction of an application."""
    await tx.execute("DELETE FROM proposed_corrections WHERE application_id = $1", application_id)


async def delete_old(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` corrections that were proposed before a time; return how many."""
    return await tx.execute(
        """
        DELETE FROM proposed_corrections WHERE application_id = ANY(ARRAY(
            SELECT application_id FROM proposed_corrections WHERE proposed_at <= $1
             ORDER BY proposed_at LIMIT $2 FOR UPDATE SKIP LOCKED))
        """,
        before,
        limit,
    )


async def delete_of_citizen(tx: Transaction, citizen_id: UUID) -> int:
    """Delete the corrections of a citizen's applications; return how many."""
    return await tx.execute("DELETE FROM proposed_corrections WHERE citizen_id = $1", citizen_id)
