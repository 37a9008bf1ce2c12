"""HTTP routes of the pilot, for the programme's staff and who leads."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from libs.clock import Clock
from libs.contracts.accounts import RejectProposal
from libs.contracts.pilot import PilotProposal, ProposePilot
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.pilot import use_cases
from services.programme.pilot.rules import proposal_view

_ROLES: Final = ("programme",)
_BASE: Final = "/v1/programme/pilot"
_PROPOSAL: Final = f"{_BASE}/proposals/{{act_id}}"
_WRONG: Final = ("pilot_ended", "pilot_days_wrong")
_ANSWERED: Final = ("approved_before", "rejected_before")

ActId = Annotated[UUID, Field(description="Id of the proposal")]

routes = Routes()


@routes.post(
    f"{_BASE}/proposals",
    status=201,
    roles=_ROLES,
    problems=("role_missing", *_WRONG),
    example={
        "first_day": "2026-07-01",
        "last_day": "2026-12-31",
        "in_time": 90,
        "satisfaction": 80,
        "lost": 0,
        "overcharging": 10,
        "open_days": 120,
        "cost": 100,
        "reason": "letter 05.00 of 25 June 2026",
    },
)
async def propose_pilot(
    wanted: ProposePilot, staff: Staff, tx: Transaction, clock: Clock
) -> PilotProposal:
    """Propose the days and criteria of the pilot, before it ends (programme)."""
    return proposal_view(await use_cases.propose(tx, wanted, staff.staff_id, clock.now()))


@routes.post(
    f"{_PROPOSAL}/approval",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", *_ANSWERED, "second_person_needed", *_WRONG),
)
async def approve_pilot(
    act_id: ActId, staff: Staff, tx: Transaction, clock: Clock
) -> PilotProposal:
    """Set the criteria, as another person has proposed (programme)."""
    return proposal_view(await use_cases.approve(tx, act_id, staff.staff_id, clock.now()))


@routes.post(
    f"{_PROPOSAL}/rejection",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", *_ANSWERED, "rejection_without_reason"),
    example={"reason": "the letter says 95 percent"},
)
async def reject_pilot(
    act_id: ActId, body: RejectProposal, staff: Staff, tx: Transaction, clock: Clock
) -> PilotProposal:
    """Reject a proposal of another person and say why, or take the own one back (programme)."""
    act = await use_cases.reject(tx, act_id, staff.staff_id, clock.now(), body.reason)
    return proposal_view(act)
