"""SQL of drafts of a counter."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from libs.database.transaction import Transaction
from services.applications.counter_drafts.encrypted import DRAFT


async def save_draft(
    tx: Transaction,
    uddokta_id: UUID,
    draft_id: UUID,
    answers: dict[str, Any],
    *,
    at: datetime,
    since: datetime,
) -> bool:
    """Write a draft over an uddokta's earlier one; return false if it is another uddokta's.

    Its time goes on from its first save, unless that was before `since`.
    """
    saved = await tx.execute(
        """
        INSERT INTO counter_drafts (draft_id, uddokta_id, content, saved_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (draft_id) DO UPDATE
               SET content = excluded.content,
                   saved_at = CASE WHEN counter_drafts.saved_at < $5 THEN excluded.saved_at
                                   ELSE counter_drafts.saved_at END
             WHERE counter_drafts.uddokta_id = excluded.uddokta_id
        """,
        draft_id,
        uddokta_id,
        tx.cipher.seal(DRAFT, draft_id, orjson.dumps(answers).decode()),
        at,
        since,
    )
    return saved == 1


async def delete_older(tx: Transaction, uddokta_id: UUID, *, newest: int) -> None:
    """Delete all drafts of an uddokta but the newest."""
    await tx.execute(
        """
        DELETE FROM counter_drafts
         WHERE draft_id IN (
               SELECT draft_id FROM counter_drafts
                WHERE uddokta_id = $1 ORDER BY saved_at DESC OFFSET $2)
        """,
        uddokta_id,
        newest,
    )


async def find_draft(
    tx: Transaction, uddokta_id: UUID, draft_id: UUID, since: datetime
) -> dict[str, Any] | None:
    """Read an uddokta's own draft; None if there is none that was begun since a time."""
    content: str | None = await tx.fetchval(
        """
        SELECT content FROM counter_drafts
         WHERE draft_id = $1 AND uddokta_id = $2 AND saved_at >= $3
        """,
        draft_id,
        uddokta_id,
        since,
    )
    if content is None:
        return None
    answers: dict[str, Any] = orjson.loads(tx.cipher.open(DRAFT, draft_id, content) or "{}")
    return answers


async def delete_draft(tx: Transaction, uddokta_id: UUID, draft_id: UUID) -> None:
    """Delete an uddokta's own draft, if there is one."""
    await tx.execute(
        "DELETE FROM counter_drafts WHERE draft_id = $1 AND uddokta_id = $2", draft_id, uddokta_id
    )


async def delete_old_drafts(tx: Transaction, before: datetime, *, limit: int) -> int:
    """Delete up to `limit` drafts that were begun before a time; return how many were."""
    rows = await tx.fetch(
        """
        DELETE FROM counter_drafts
         WHERE draft_id IN (
               SELECT draft_id FROM counter_drafts WHERE saved_at < $1 ORDER BY saved_at LIMIT $2
                  FOR UPDATE SKIP LOCKED)
        RETURNING draft_id
        """,
        before,
        limit,
    )
    return len(rows)
