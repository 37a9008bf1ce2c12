"""HTTP routes of drafts of a counter."""

from typing import Final
from uuid import UUID

from libs.clock import Clock
from libs.contracts.mandates import CounterDraft
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from services.applications.counter_drafts import use_cases

routes = Routes()
_LIMITS: Final = RouteLimits(body_bytes=192 * 1024)
"""A form of 64 KiB, and the receipts of 40 papers."""


@routes.put(
    "/v1/counter-drafts/{draft_id}",
    roles=("uddokta",),
    limits=_LIMITS,
    problems=(
        "counter_draft_unknown", "mandate_ended", "application_unknown", "uddokta_stopped",
        "licence_expired",
    ),
    example={"answers": {"typed": {"name_bn": "রহিমা খাতুন"}}},
)  # fmt: skip
async def save_counter_draft(
    draft_id: UUID, body: CounterDraft, staff: Staff, tx: Transaction, clock: Clock
) -> None:
    """Save the answers typed so far with a citizen, under the id of the mandate (uddokta).

    That of a correction names its application in place of the mandate, and has an id of the front
    end's choice. It is deleted two hours after it was saved first, or when the mandate is over.
    Nobody else can read it.
    """
    await use_cases.save_draft(tx, staff.staff_id, draft_id, body, at=clock.now())


@routes.get(
    "/v1/counter-drafts/{draft_id}",
    roles=("uddokta",),
    problems=("counter_draft_unknown", "mandate_ended", "uddokta_stopped", "licence_expired"),
)
async def read_counter_draft(
    draft_id: UUID, staff: Staff, tx: Transaction, clock: Clock
) -> CounterDraft:
    """Read the answers typed so far with a citizen (uddokta)."""
    answers = await use_cases.read_draft(tx, staff.staff_id, draft_id, at=clock.now())
    return CounterDraft(answers=answers)


@routes.delete("/v1/counter-drafts/{draft_id}", roles=("uddokta",))
async def delete_counter_draft(draft_id: UUID, staff: Staff, tx: Transaction) -> None:
    """Delete the answers typed so far with a citizen (uddokta)."""
    await use_cases.delete_draft(tx, staff.staff_id, draft_id)
