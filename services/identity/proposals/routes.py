"""HTTP routes of proposals, which one person of the programme makes and a second one approves."""

from uuid import UUID

from libs.clock import Clock
from libs.contracts.accounts import (
    AccountDetail,
    ProposalApproved,
    ProposalList,
    ProposalView,
    ProposeAccount,
    RejectProposal,
)
from libs.contracts.lists import ListQuery
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.identity.proposals import use_cases
from services.identity.proposals.use_cases import Approver
from services.identity.second_factors.use_cases import SecondFactors
from services.identity.staff.passwords import PasswordChecker

routes = Routes()
_ACCOUNT = (
    "staff_unknown",
    "staff_username_malformed",
    "staff_username_taken",
    "account_of_operators",
    "account_closed",
    "own_account",
    "programme_too_small",
)


@routes.get("/v1/proposals", roles=("programme",))
async def list_proposals(
    query: ListQuery, staff: Staff, tx: Transaction, clock: Clock
) -> ProposalList:
    """List proposals that wait for a second person, and my rejected ones (programme)."""
    return await use_cases.list_waiting(tx, staff.staff_id, query, clock.now())


@routes.get("/v1/staff/{staff_id}/account", roles=("programme",))
async def read_account(
    staff_id: UUID, staff: Staff, tx: Transaction, clock: Clock
) -> AccountDetail:
    """Read an account, and whether I can propose that it begins again (programme)."""
    return await use_cases.read_account(tx, staff_id, staff.staff_id, clock.now())


@routes.post(
    "/v1/proposals",
    status=201,
    roles=("programme",),
    recent_login=True,
    problems=_ACCOUNT,
    example={"kind": "new_password", "username": "rahim", "reason": "forgotten, seen in person"},
)
async def propose_account(
    body: ProposeAccount, staff: Staff, tx: Transaction, clock: Clock
) -> ProposalView:
    """Propose a new account, or that an account begins again (programme).

    Whoever has forgotten the password begins with an initial one, whoever has lost the app with
    another one.
    """
    return await use_cases.propose(tx, body, staff.staff_id, clock.now())


@routes.post(
    "/v1/proposals/{proposal_id}/approval",
    roles=("programme",),
    recent_login=True,
    headers={"cache-control": "no-store"},
    problems=(
        *_ACCOUNT,
        "second_person_needed",
        "proposer_left",
        "officer_moved",
        "staff_logins_busy",
        "approved_before",
        "rejected_before",
    ),
)
async def approve_proposal(
    proposal_id: UUID,
    staff: Staff,
    database: Database,
    passwords: PasswordChecker,
    factors: SecondFactors,
    clock: Clock,
) -> ProposalApproved:
    """Approve another person's proposal; a new password is shown only now (programme)."""
    initial = await passwords.new_initial()
    async with database.transaction() as tx:
        approver = Approver(staff.staff_id, clock.now(), initial, factors)
        return await use_cases.approve(tx, proposal_id, approver)


@routes.post(
    "/v1/proposals/{proposal_id}/rejection",
    roles=("programme",),
    recent_login=True,
    problems=("approved_before", "rejected_before", "rejection_without_reason"),
    example={"reason": "nobody has called her on the number that we know"},
)
async def reject_proposal(
    proposal_id: UUID, body: RejectProposal, staff: Staff, tx: Transaction, clock: Clock
) -> ProposalView:
    """Reject another person's proposal with a reason, or take my own back (programme)."""
    return await use_cases.reject(tx, proposal_id, staff.staff_id, clock.now(), body.reason)


@routes.post("/v1/proposals/{proposal_id}/acknowledgement", roles=("programme",))
async def know_rejection(
    proposal_id: UUID, staff: Staff, tx: Transaction, clock: Clock
) -> ProposalView:
    """Say that I know that my proposal was rejected; it is listed no more (programme)."""
    return await use_cases.know_rejection(tx, proposal_id, staff.staff_id, clock.now())
