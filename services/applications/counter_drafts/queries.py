"""SQL of drafts of a counter."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from libs.database.transaction import Transaction
from services.applications.counter_drafts.encrypted import DRAFT


class CounterDraftRow(NamedTuple):
    """An uddokta's draft; `corrects`: the mandate of the application that is corrected."""

    answers: dict[str, Any]
    corrects: UUID | None


async def save_draft(  # noqa: PLR0913
    tx: Transaction,
    uddokta_id: UUID,
    draft_id: UUID,
    answers: dict[str, Any],
    *,
    corrects: UUID | None,
    at: datetime,
    since: datetime,
) -> bool:
    """Write a draft over an uddokta's earlier one; return false if it is another uddokta's.

    Its time goes on from its first save, unless that was before `since`.
    """
    saved = await tx.execute(
        """
        INSERT INTO counter_drafts (draft_id, uddokta_id, content, saved_at, corrects)
        VALUES ($1, $2, $3, $4, $6)
            ON CONFLICT (draft_id) DO UPDATE
               SET content = excluded.content, corrects = excluded.corrects,
                   saved_at = CASE WHEN counter_drafts.saved_at < $5 THEN excluded.saved_at
                                   ELSE counter_drafts.saved_at END
             WHERE counter_drafts.uddokta_id = excluded.uddokta_id
        """,
        draft_id,
        uddokta_id,
        tx.cipher.seal(DRAFT, draft_id, orjson.dumps(answers).decode()),
        at,
        since,
        corrects,
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
) -> CounterDraftRow | None:
    """Read an uddokta's own draft; None if there is none that was begun since a time."""
    row = await tx.fetchrow(
        """
        SELECT content, corrects FROM counter_drafts
         WHERE draft_id = $1 AND uddokta_id = $2 AND saved_at >= $3
        """,
        draft_id,
        uddokta_id,
        since,
    )
    if row is None:
        return None
    answers = orjson.loads(tx.cipher.open(DRAFT, draft_id, row["content"]) or "{}")
    return CounterDraftRow(answers, row["corrects"])


async def delete_draft(tx: Transaction, uddokta_id: UUID, draft_id: UUID) -> None:
    """Delete an uddokta's own draft, if there is one."""
    await tx.execute(
        "DELETE FROM counter_drafts WHERE draft_id = $1 AND uddokta_id = $2", draft_id, uddokta_id
    )


async def delete_of_mandates(tx: Transaction, mandate_ids: Collection[UUID]) -> int:
    """Delete the drafts of applications with these mandates, and of corrections of them."""
    return await tx.execute(
        """
        DELETE FROM counter_drafts
         WHERE draft_id = ANY($1::uuid[]) OR corrects = ANY($1::uuid[])
        """,
        list(mandate_ids),
    )


async def delete_of_uddoktas(tx: Transaction, uddokta_ids: Collection[UUID]) -> None:
    """Delete all drafts of uddoktas."""
    await tx.execute(
        "DELETE FROM counter_drafts WHERE uddokta_id = ANY($1::uuid[])", list(uddokta_ids)
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
