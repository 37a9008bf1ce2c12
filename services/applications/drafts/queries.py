"""SQL of drafts."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from libs.database.transaction import Transaction
from services.applications.drafts.encrypted import DRAFT
from services.applications.drafts.rules import Draft


async def find_draft(tx: Transaction, citizen_id: UUID, draft_id: UUID) -> Draft | None:
    """Read a citizen's own draft."""
    row = await tx.fetchrow(
        """
        SELECT draft_id, citizen_id, public_service_id, form_version, revision, content,
               tracking_number, saved_at
          FROM drafts
         WHERE draft_id = $1 AND citizen_id = $2
        """,
        draft_id,
        citizen_id,
    )
    return _draft(tx, row) if row else None


async def list_drafts(
    tx: Transaction, citizen_id: UUID, *, saved_since: datetime, limit: int
) -> list[Draft]:
    """Read a citizen's drafts that are no application yet, the newest first.

    A damaged one stands without its answers; it is refused when it is read alone.
    """
    rows = await tx.fetch(
        """
        SELECT draft_id, citizen_id, public_service_id, form_version, revision, content,
               tracking_number, saved_at
          FROM drafts
         WHERE citizen_id = $1 AND saved_at >= $2 AND tracking_number IS NULL
         ORDER BY saved_at DESC
         LIMIT $3
        """,
        citizen_id,
        saved_since,
        limit,
    )
    return [_draft(tx, row, is_listed=True) for row in rows]


async def insert_draft(tx: Transaction, draft: Draft) -> bool:
    """Write a new draft; return whether its id was free."""
    inserted = await tx.execute(
        """
        INSERT INTO drafts (draft_id, citizen_id, public_service_id, form_version, revision,
                            content, content_index, saved_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (draft_id) DO NOTHING
        """,
        *_values(tx, draft),
    )
    return inserted == 1


async def update_draft(tx: Transaction, draft: Draft) -> Draft | None:
    """Write a draft over its revision before; a repeat writes nothing new.

    Returns:
        The stored draft; None if there is none, it was changed meanwhile, became an application, or
        belongs to somebody else.
    """
    row = await tx.fetchrow(
        """
        UPDATE drafts
           SET form_version = $4, revision = $5, content = $6, content_index = $7, saved_at = $8
         WHERE draft_id = $1
           AND citizen_id = $2
           AND public_service_id = $3
           AND tracking_number IS NULL
           AND (revision + 1 = $5 OR (revision = $5 AND content_index = $7))
        RETURNING draft_id, citizen_id, public_service_id, form_version, revision, content,
                  tracking_number, saved_at
        """,
        *_values(tx, draft),
    )
    return _draft(tx, row) if row else None


async def close_draft(
    tx: Transaction, citizen_id: UUID, draft_id: UUID, tracking_number: str
) -> Draft | None:
    """Empty a citizen's own draft and store the number of its application; a repeat changes none.

    Returns:
        The stored draft, with the number that was stored first; None if there is no such draft.
    """
    row = await tx.fetchrow(
        """
        UPDATE drafts
           SET tracking_number = coalesce(tracking_number, $3), content = NULL, content_index = NULL
         WHERE draft_id = $1 AND citizen_id = $2
        RETURNING draft_id, citizen_id, public_service_id, form_version, revision, content,
                  tracking_number, saved_at
        """,
        draft_id,
        citizen_id,
        tracking_number,
    )
    return _draft(tx, row) if row else None


async def delete_draft(tx: Transaction, citizen_id: UUID, draft_id: UUID) -> None:
    """Delete a citizen's own draft, if there is one that is no application yet."""
    await tx.execute(
        """
        DELETE FROM drafts
         WHERE draft_id = $1 AND citizen_id = $2 AND tracking_number IS NULL
        """,
        draft_id,
        citizen_id,
    )


async def delete_old_drafts(tx: Transaction, *, saved_before: datetime, limit: int) -> int:
    """Delete up to `limit` drafts whose time is over; return how many were."""
    rows = await tx.fetch(
        """
        DELETE FROM drafts
         WHERE draft_id IN (
               SELECT draft_id FROM drafts WHERE saved_at < $1 ORDER BY saved_at LIMIT $2
                  FOR UPDATE SKIP LOCKED)
        RETURNING draft_id
        """,
        saved_before,
        limit,
    )
    return len(rows)


async def delete_drafts_of(tx: Transaction, citizen_id: UUID) -> int:
    """Delete all drafts of a citizen; return how many there were."""
    return await tx.execute("DELETE FROM drafts WHERE citizen_id = $1", citizen_id)


def _values(tx: Transaction, draft: Draft) -> tuple[Any, ...]:
    content = orjson.dumps(draft.answers).decode()
    return (
        draft.draft_id,
        draft.citizen_id,
        draft.public_service_id,
        draft.form_version,
        draft.revision,
        tx.cipher.seal(DRAFT, draft.draft_id, content),
        tx.cipher.index(content),
        draft.saved_at,
    )


def _draft(tx: Transaction, row: Any, *, is_listed: bool = False) -> Draft:
    values = dict(row)
    content, unopened = tx.cipher.try_open(DRAFT, values["draft_id"], values.pop("content"))
    if unopened is not None and not is_listed:
        raise unopened
    return Draft(answers=orjson.loads(content) if content else {}, **values)
