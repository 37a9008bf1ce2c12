"""HTTP routes by which officers work on a case."""

from uuid import UUID

from libs.clock import Clock
from libs.contracts.applications import TrackingNumber
from libs.contracts.cases import (
    ActOnCase,
    AssignCase,
    CaseActed,
    CaseAssigned,
    CasePaperLink,
    CaseView,
    OfficeLooks,
)
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Citizen, Staff
from libs.web.handling.routes import Routes
from libs.web.signed.document_links import LINK_VALID, make_officer_link, officer_link_key
from services.cases.acts import use_cases
from services.cases.officers import use_cases as officers
from services.cases.settings import Settings

routes = Routes()
_PROBLEMS = (
    "duty_missing",
    "deputy_ended",
    "office_changed",
    "qualification_missing",
    "case_unknown",
)


@routes.get("/v1/cases/{case_id}", roles=("officer",), problems=_PROBLEMS)
async def read_case(case_id: UUID, staff: Staff, tx: Transaction, clock: Clock) -> CaseView:
    """Show a case of my office, and what I can do; each look is noted (officers)."""
    officer = await officers.read_officer(tx, staff, clock.now())
    return await use_cases.read_case(tx, officer, case_id, clock.now())


@routes.post(
    "/v1/cases/{case_id}/papers/{document_id}",
    roles=("officer",),
    problems=(*_PROBLEMS, "document_unknown"),
)
async def open_paper(
    case_id: UUID,
    document_id: UUID,
    staff: Staff,
    tx: Transaction,
    settings: Settings,
    clock: Clock,
) -> CasePaperLink:
    """Get a link to a paper of a case that waits for my duty; the citizen sees it (officers).

    The link is valid for 15 minutes, for me only.
    """
    at = clock.now()
    officer = await officers.read_officer(tx, staff, at)
    link = await use_cases.open_paper(tx, officer, case_id, document_id, at)
    key = officer_link_key(settings.papers_secret.get_secret_value())
    return CasePaperLink(token=make_officer_link(link, key, at), valid_until=at + LINK_VALID)


@routes.get("/v1/applications/{tracking_number}/looks")
async def list_looks(
    tracking_number: TrackingNumber, citizen: Citizen, tx: Transaction
) -> OfficeLooks:
    """On which days officers of which offices opened my application, and what they added to it.

    It is empty where nobody has, and where a ministry works on it in a system of its own.
    """
    return await use_cases.read_looks(tx, citizen.citizen_id, tracking_number)


@routes.put(
    "/v1/cases/{case_id}/assignment",
    roles=("officer",),
    problems=(*_PROBLEMS, "case_assigned"),
    example={"duty": "secretary"},
)
async def assign_case(
    case_id: UUID, body: AssignCase, staff: Staff, tx: Transaction, clock: Clock
) -> CaseAssigned:
    """Have a case assigned to me for 15 minutes, or take it over with a reason (officers)."""
    officer = await officers.read_officer(tx, staff, clock.now())
    until = await use_cases.assign(tx, officer, case_id, body.duty, body.reason, clock.now())
    return CaseAssigned(assigned_until=until)


@routes.delete("/v1/cases/{case_id}/assignment", roles=("officer",), problems=_PROBLEMS)
async def release_case(case_id: UUID, staff: Staff, tx: Transaction, clock: Clock) -> None:
    """Give a case back that is assigned to me (officers)."""
    officer = await officers.read_officer(tx, staff, clock.now())
    await use_cases.release(tx, officer, case_id)


@routes.post(
    "/v1/cases/{case_id}/acts",
    roles=("officer",),
    problems=(
        *_PROBLEMS,
        "case_changed",
        "case_ended",
        "action_unknown",
        "role_has_not_the_case",
        "second_person_needed",
        "corrections_used_up",
        "files_missing",
        "values_missing",
        "value_no_number",
        "value_out_of_range",
        "value_not_offered",
        "note_missing",
        "time_missing",
        "challan_differs",
        "paper_not_asked",
        "own_paper_too_old",
    ),
    example={"revision": 2, "duty": "secretary", "action": "forward"},
)
async def act_on_case(
    case_id: UUID, body: ActOnCase, staff: Staff, tx: Transaction, clock: Clock
) -> CaseActed:
    """Do something with a case, as I saw it; if it has changed since, nothing is done (officers).

    `GET /v1/cases/{case_id}` says what has changed: entries with a later revision.
    """
    officer = await officers.read_officer(tx, staff, clock.now())
    return await use_cases.act(tx, officer, case_id, body, clock.now())
