"""Save, show and delete what an uddokta types with a citizen."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from libs.database.transaction import Transaction
from libs.errors import Refused
from services.applications.counter_drafts import queries

KEPT: Final = timedelta(hours=2)
"""As long as an application can be sent with a mandate, counted from the first save: no draft is
kept alive after the citizen has stopped the helper."""

MOST_KEPT: Final = 50
"""Drafts of one uddokta; the oldest make room. Nobody serves so many citizens in two hours."""

_ROWS_PER_DELETION: Final = 1_000


async def save_draft(
    tx: Transaction, uddokta_id: UUID, draft_id: UUID, answers: dict[str, Any], *, at: datetime
) -> None:
    """Store what was typed in the place of what was stored before.

    Raises:
        Refused: it is another uddokta's.
    """
    if not await queries.save_draft(tx, uddokta_id, draft_id, answers, at=at, since=at - KEPT):
        raise Refused("draft_unknown")
    await queries.delete_older(tx, uddokta_id, newest=MOST_KEPT)


async def read_draft(
    tx: Transaction, uddokta_id: UUID, draft_id: UUID, *, at: datetime
) -> dict[str, Any]:
    """Return what an uddokta has typed.

    Raises:
        Refused: there is nothing, its time is over, or it is another uddokta's.
    """
    answers = await queries.find_draft(tx, uddokta_id, draft_id, at - KEPT)
    if answers is None:
        raise Refused("draft_unknown")
    return answers


async def delete_draft(tx: Transaction, uddokta_id: UUID, draft_id: UUID) -> None:
    """Delete what an uddokta has typed; a repeat changes nothing."""
    await queries.delete_draft(tx, uddokta_id, draft_id)


async def delete_old_drafts(tx: Transaction, *, at: datetime) -> int:
    """Delete a batch of drafts whose time is over; return how many were."""
    return await queries.delete_old_drafts(tx, at - KEPT, limit=_ROWS_PER_DELETION)
