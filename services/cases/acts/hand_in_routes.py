"""HTTP routes by which officers hand papers in with their work."""

from uuid import UUID

from libs.clock import Clock
from libs.contracts.handed_in import AskToHandIn, HandIn, HandInPermit
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from libs.web.signed.hand_ins import (
    RIGHT_VALID,
    make_right,
    read_receipt,
    receipt_key,
    right_key,
)
from services.cases.acts import use_cases as acts
from services.cases.handed_in import use_cases
from services.cases.officers import use_cases as officers
from services.cases.settings import Settings

routes = Routes()
_PROBLEMS = (
    "duty_missing",
    "deputy_ended",
    "office_changed",
    "qualification_missing",
    "case_unknown",
    "case_changed",
)


@routes.post(
    "/v1/cases/{case_id}/hand-in-permits",
    status=201,
    roles=("officer",),
    problems=(*_PROBLEMS, "paper_not_asked", "case_papers_full"),
    example={"revision": 2, "duty": "secretary", "paper": "field_report"},
)
async def ask_to_hand_in(
    case_id: UUID,
    body: AskToHandIn,
    staff: Staff,
    tx: Transaction,
    settings: Settings,
    clock: Clock,
) -> HandInPermit:
    """Get the right to send the file of a paper of a case that waits for my duty (officers).

    It is valid for 15 minutes, for me and this paper only.
    """
    at = clock.now()
    officer = await officers.read_officer(tx, staff, at)
    file, workflow = await acts.find_waiting(tx, officer, case_id, at, body.duty)
    right = await use_cases.begin(tx, officer, file, workflow, body)
    key = right_key(settings.papers_secret.get_secret_value())
    return HandInPermit(token=make_right(right, key, at), valid_until=at + RIGHT_VALID)


@routes.post(
    "/v1/cases/{case_id}/handed-in",
    roles=("officer",),
    problems=(*_PROBLEMS, "hand_in_receipt_ended", "paper_not_asked", "case_papers_full"),
    example={"duty": "secretary", "receipt": "receipt"},
)
async def hand_in(
    case_id: UUID,
    body: HandIn,
    staff: Staff,
    tx: Transaction,
    settings: Settings,
    clock: Clock,
) -> None:
    """Hand in a paper whose file was taken; a repeat changes nothing (officers).

    It belongs to the case, and goes with what is done next at this step.
    """
    at = clock.now()
    officer = await officers.read_officer(tx, staff, at)
    file, workflow = await acts.find_waiting(tx, officer, case_id, at, body.duty)
    key = receipt_key(settings.papers_secret.get_secret_value())
    await use_cases.add(tx, officer, file, workflow, read_receipt(body.receipt, key, at), at)


@routes.delete(
    "/v1/cases/{case_id}/handed-in/{document_id}",
    roles=("officer",),
    problems=(*_PROBLEMS, "document_unknown"),
)
async def take_back(
    case_id: UUID, document_id: UUID, staff: Staff, tx: Transaction, clock: Clock
) -> None:
    """Take a paper of my own back, before anything was done with the case (officers)."""
    at = clock.now()
    officer = await officers.read_officer(tx, staff, at)
    file, _ = await acts.find_waiting(tx, officer, case_id, at)
    await use_cases.take_back(tx, officer, file, document_id, at)
