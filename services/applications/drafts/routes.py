"""HTTP routes of drafts."""

from uuid import UUID

from libs.clock import Clock
from libs.contracts.applications import (
    CloseDraft,
    DraftList,
    DraftSummary,
    DraftView,
    SaveDraft,
)
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Citizen
from libs.web.handling.routes import Routes
from services.applications.drafts import use_cases
from services.applications.drafts.rules import Draft
from services.applications.public_services.cache import PublicServiceCache

routes = Routes()


@routes.post(
    "/v1/drafts/{draft_id}",
    problems=("draft_unknown", "draft_changed", "draft_submitted", "drafts_too_many"),
    example={
        "public_service_id": "S001",
        "form_version": 1,
        "revision": 0,
        "answers": {"name_bn": "রহিমা খাতুন"},
    },
)
async def save_draft(
    draft_id: UUID,
    body: SaveDraft,
    citizen: Citizen,
    tx: Transaction,
    services: PublicServiceCache,
    clock: Clock,
) -> DraftView:
    """Save a draft of the form, under an id that the front end chooses.

    A repeat gets the same response.
    """
    draft = await use_cases.save_draft(tx, citizen.citizen_id, draft_id, body, at=clock.now())
    return _view(draft, services)


@routes.get("/v1/drafts/{draft_id}", problems=("draft_unknown",))
async def read_draft(
    draft_id: UUID, citizen: Citizen, tx: Transaction, services: PublicServiceCache, clock: Clock
) -> DraftView:
    """One draft of mine."""
    draft = await use_cases.read_draft(tx, citizen.citizen_id, draft_id, at=clock.now())
    return _view(draft, services)


@routes.get("/v1/drafts")
async def list_drafts(
    citizen: Citizen, tx: Transaction, services: PublicServiceCache, clock: Clock
) -> DraftList:
    """My drafts, the newest first."""
    drafts = await use_cases.list_drafts(tx, citizen.citizen_id, at=clock.now())
    return DraftList(items=[_summary(draft, services) for draft in drafts])


@routes.post(
    "/v1/drafts/{draft_id}/application",
    problems=("draft_unknown", "application_unknown"),
    example={"tracking_number": "NS-7K4M9-PXRT3-HC2D3"},
)
async def close_draft(
    draft_id: UUID,
    body: CloseDraft,
    citizen: Citizen,
    tx: Transaction,
    services: PublicServiceCache,
) -> DraftView:
    """Say which application the draft has become; its content is deleted.

    A repeat gets the same response.
    """
    draft = await use_cases.close_draft(tx, citizen.citizen_id, draft_id, body.tracking_number)
    return _view(draft, services)


@routes.delete("/v1/drafts/{draft_id}")
async def delete_draft(draft_id: UUID, citizen: Citizen, tx: Transaction) -> None:
    """Delete a draft of mine."""
    await use_cases.delete_draft(tx, citizen.citizen_id, draft_id)


def _summary(draft: Draft, services: PublicServiceCache) -> DraftSummary:
    return DraftSummary(
        draft_id=draft.draft_id,
        public_service_id=draft.public_service_id,
        public_service_name=services.name_of(draft.public_service_id),
        form_version=draft.form_version,
        revision=draft.revision,
        saved_at=draft.saved_at,
        kept_until=draft.kept_until,
        tracking_number=draft.tracking_number,
    )


def _view(draft: Draft, services: PublicServiceCache) -> DraftView:
    return DraftView(**_summary(draft, services).model_dump(), answers=draft.answers)
