"""Save, show, list, close and delete a citizen's own drafts."""

from datetime import datetime
from uuid import UUID

from libs.contracts.applications import SaveDraft
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.applications.drafts import queries
from services.applications.drafts.rules import KEPT, MOST_DRAFTS, Draft
from services.applications.lifecycle.application import canonical_tracking_number

_ROWS_PER_DELETION = 1_000


async def save_draft(
    tx: Transaction, citizen_id: UUID, draft_id: UUID, body: SaveDraft, *, at: datetime
) -> Draft:
    """Store a new draft, or one over the revision that was read; a repeat gets the same result.

    Raises:
        Refused: the draft was deleted or changed meanwhile, has become an application or belongs to
            somebody else, or the citizen has too many.
    """
    draft = Draft(
        draft_id=draft_id,
        citizen_id=citizen_id,
        public_service_id=body.public_service_id,
        form_version=body.form_version,
        revision=body.revision + 1,
        answers=body.answers,
        tracking_number=None,
        saved_at=at,
    )
    if body.revision == 0:
        await _check_number(tx, citizen_id, draft_id, at)
        if await queries.insert_draft(tx, draft):
            return draft
    saved = await queries.update_draft(tx, draft)
    if saved is not None:
        return saved
    stored = await read_draft(tx, citizen_id, draft_id, at=at)
    raise Refused("draft_submitted" if stored.tracking_number else "draft_changed")


async def read_draft(tx: Transaction, citizen_id: UUID, draft_id: UUID, *, at: datetime) -> Draft:
    """Return a citizen's own draft, also one that has become an application.

    Raises:
        Refused: the citizen has no such draft, or its time is over.
    """
    draft = await queries.find_draft(tx, citizen_id, draft_id)
    if draft is None or draft.kept_until < at:
        raise Refused("draft_unknown")
    return draft


async def list_drafts(tx: Transaction, citizen_id: UUID, *, at: datetime) -> list[Draft]:
    """Return a citizen's drafts that are no application yet, the newest first."""
    return await queries.list_drafts(tx, citizen_id, saved_since=at - KEPT, limit=MOST_DRAFTS)


async def close_draft(
    tx: Transaction, citizen_id: UUID, draft_id: UUID, tracking_number: str
) -> Draft:
    """Store which application a draft has become, and empty it; a repeat changes nothing.

    Raises:
        Refused: the citizen has no such draft, or this is no tracking number.
    """
    number = canonical_tracking_number(tracking_number)
    draft = await queries.close_draft(tx, citizen_id, draft_id, number)
    if draft is None:
        raise Refused("draft_unknown")
    return draft


async def delete_draft(tx: Transaction, citizen_id: UUID, draft_id: UUID) -> None:
    """Delete a citizen's own draft; a repeat changes nothing."""
    await queries.delete_draft(tx, citizen_id, draft_id)


async def delete_old_drafts(tx: Transaction, *, at: datetime) -> int:
    """Delete a batch of drafts whose time is over; return how many."""
    return await queries.delete_old_drafts(tx, saved_before=at - KEPT, limit=_ROWS_PER_DELETION)


async def _check_number(tx: Transaction, citizen_id: UUID, draft_id: UUID, at: datetime) -> None:
    """Check that a citizen may have one more draft.

    Raises:
        Refused: there are too many already.
    """
    drafts = await list_drafts(tx, citizen_id, at=at)
    if len(drafts) >= MOST_DRAFTS and draft_id not in {draft.draft_id for draft in drafts}:
        raise Refused("drafts_too_many")
