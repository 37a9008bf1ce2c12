"""HTTP routes by which two officers withdraw or correct the paper of a decided case."""

from uuid import UUID

from libs.clock import Clock
from libs.contracts.accounts import RejectProposal
from libs.contracts.applications import TrackingNumber
from libs.contracts.case_papers import CasePaper, PaperProposals, ProposeForPaper
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from libs.web.signed.document_links import make_officer_link, officer_link_key
from services.cases.officers import use_cases as officers
from services.cases.papers import use_cases
from services.cases.settings import Settings

routes = Routes()
_OF_OFFICERS = ("duty_missing", "deputy_ended", "office_changed", "qualification_missing")
_PROBLEMS = (*_OF_OFFICERS, "case_unknown")
_ANSWERS = (*_PROBLEMS, "not_found", "approved_before", "rejected_before")


@routes.get("/v1/decision-papers", roles=("officer",), problems=_OF_OFFICERS)
async def list_paper_proposals(staff: Staff, tx: Transaction, clock: Clock) -> PaperProposals:
    """What waits for a second officer at my office, the oldest first (officers)."""
    officer = await officers.read_officer(tx, staff, clock.now())
    return PaperProposals(items=await use_cases.read_waiting(tx, officer))


@routes.get("/v1/decision-papers/{tracking_number}", roles=("officer",), problems=_PROBLEMS)
async def read_case_paper(
    tracking_number: TrackingNumber,
    staff: Staff,
    tx: Transaction,
    settings: Settings,
    clock: Clock,
) -> CasePaper:
    """The paper of a decided case of my office; each look is noted (officers)."""
    at = clock.now()
    officer = await officers.read_officer(tx, staff, at)
    paper, link = await use_cases.read_with_link(tx, officer, tracking_number, at)
    if link is None:
        return paper
    key = officer_link_key(settings.papers_secret.get_secret_value())
    return paper.model_copy(update={"file_token": make_officer_link(link, key, at)})


@routes.post(
    "/v1/decision-papers/{tracking_number}/proposals",
    roles=("officer",),
    problems=(
        *_PROBLEMS,
        "note_missing",
        "proposal_waits",
        "paper_withdrawn",
        "paper_erased",
        "paper_unchanged",
        "paper_field_unknown",
        "paper_field_missing",
        "paper_field_too_long",
        "paper_field_unprintable",
    ),
    example={"kind": "withdrawal", "reason": "কাগজটি ভুল তথ্যে দেওয়া হয়েছিল।"},
)
async def propose_for_paper(
    tracking_number: TrackingNumber,
    body: ProposeForPaper,
    staff: Staff,
    tx: Transaction,
    clock: Clock,
) -> CasePaper:
    """Propose to withdraw a paper, or to issue a corrected one in its place (officers)."""
    officer = await officers.read_officer(tx, staff, clock.now())
    return await use_cases.propose(tx, officer, tracking_number, body, clock.now())


@routes.post(
    "/v1/decision-papers/{tracking_number}/proposals/{proposal_id}/approval",
    roles=("officer",),
    problems=(*_ANSWERS, "second_person_needed", "decider_needed", "paper_erased", "case_changed"),
)
async def approve_for_paper(
    tracking_number: TrackingNumber,
    proposal_id: UUID,
    staff: Staff,
    tx: Transaction,
    clock: Clock,
) -> CasePaper:
    """Approve what a colleague proposed; its citizen is told (officers).

    One of the two has the duty that decided.
    """
    officer = await officers.read_officer(tx, staff, clock.now())
    return await use_cases.approve(tx, officer, tracking_number, proposal_id, clock.now())


@routes.post(
    "/v1/decision-papers/{tracking_number}/proposals/{proposal_id}/rejection",
    roles=("officer",),
    problems=(*_ANSWERS, "note_missing"),
    example={"reason": "কাগজের তথ্য ঠিকই আছে।"},
)
async def reject_for_paper(
    tracking_number: TrackingNumber,
    proposal_id: UUID,
    body: RejectProposal,
    staff: Staff,
    tx: Transaction,
    clock: Clock,
) -> CasePaper:
    """Reject what a colleague proposed with a reason, or take my own back (officers)."""
    officer = await officers.read_officer(tx, staff, clock.now())
    return await use_cases.reject(
        tx, officer, tracking_number, proposal_id, body.reason, at=clock.now()
    )
