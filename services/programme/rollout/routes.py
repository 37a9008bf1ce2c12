"""HTTP routes of the roll-out, for the programme's staff."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.accounts import RejectProposal
from libs.contracts.pilot import PilotView
from libs.contracts.rollout import (
    AreaDetails,
    AreasQuery,
    OpeningProposal,
    PauseArea,
    ProposeOpening,
    RolloutPage,
)
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.programme.bodies import use_cases as bodies
from services.programme.bodies.overview import Overview
from services.programme.districts import check_within, district_of
from services.programme.rollout import use_cases
from services.programme.rollout.rules import proposal_view

_ROLES: Final = ("programme",)
_READERS: Final = (*_ROLES, "district_staff")
_BASE: Final = "/v1/programme/areas"
_PROPOSAL: Final = "/v1/programme/openings/{act_id}"
_WRONG: Final = ("area_open_before", "area_parent_closed", "area_list_not_green")
_ANSWERED: Final = ("approved_before", "rejected_before")

AreaCode = Annotated[str, Field(description="Code of the area", examples=["30262000"])]
ActId = Annotated[UUID, Field(description="Id of the proposal")]

routes = Routes()


@routes.get(_BASE, roles=_READERS, problems=("role_missing",))
async def list_rollout_areas(query: AreasQuery, staff: Staff, tx: Transaction) -> RolloutPage:
    """List the districts, the areas within one, or those with words in their name.

    For the programme; staff of a district find the areas of their own one.
    """
    return await use_cases.list_areas(tx, query, district_of(staff))


@routes.get(f"{_BASE}/{{area}}", roles=_READERS, problems=("role_missing",))
async def read_rollout_area(
    area: AreaCode, staff: Staff, tx: Transaction, overview: Overview, clock: Clock
) -> AreaDetails:
    """Show an area: what it needs before it opens, what a pause stops, and what help costs there.

    For the programme, and for the staff of its district.
    """
    check_within(staff, area)
    today = dhaka_date(clock.now())
    names = await bodies.read_service_names(tx, overview, today)
    return await use_cases.read_area(tx, area, names, today)


@routes.post(
    f"{_BASE}/{{area}}/openings",
    status=201,
    roles=_ROLES,
    problems=("role_missing", *_WRONG),
    example={"reason": "all is there, seen by the district's programme officer"},
)
async def propose_opening(
    area: AreaCode,
    wanted: ProposeOpening,
    staff: Staff,
    tx: Transaction,
    clock: Clock,
) -> OpeningProposal:
    """Propose to open an area, or to open it again; its list is green today (programme)."""
    act = await use_cases.propose(tx, area, wanted.reason, staff.staff_id, clock.now())
    return proposal_view(act)


@routes.post(
    f"{_PROPOSAL}/approval",
    roles=_ROLES,
    recent_login=True,
    problems=(
        "role_missing",
        *_ANSWERED,
        "second_person_needed",
        "opening_older_than_pause",
        *_WRONG,
    ),
)
async def approve_opening(
    act_id: ActId, staff: Staff, tx: Transaction, clock: Clock
) -> OpeningProposal:
    """Open an area, as another person has proposed; its list is still green (programme)."""
    return proposal_view(await use_cases.approve(tx, act_id, staff.staff_id, clock.now()))


@routes.post(
    f"{_PROPOSAL}/rejection",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", *_ANSWERED, "rejection_without_reason"),
    example={"reason": "the price list does not hang there"},
)
async def reject_opening(
    act_id: ActId, body: RejectProposal, staff: Staff, tx: Transaction, clock: Clock
) -> OpeningProposal:
    """Reject a proposal of another person and say why, or take the own one back (programme)."""
    act = await use_cases.reject(tx, act_id, staff.staff_id, clock.now(), body.reason)
    return proposal_view(act)


@routes.post(
    f"{_BASE}/{{area}}/pause",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", "nothing_to_pause", "stops_changed"),
    example={"reason": "overcharging was proved", "stops": {"areas": 1, "centres": 2}},
)
async def pause_area(
    area: AreaCode,
    wanted: PauseArea,
    staff: Staff,
    tx: Transaction,
    overview: Overview,
    clock: Clock,
) -> AreaDetails:
    """Pause an area: no assisted application is taken within it from now on (programme).

    The page has counted what that stops; where the count is another one by now, nothing happens.
    Open cases go on, and whoever has a phone applies as before.
    """
    await use_cases.pause(tx, area, wanted, staff.staff_id, clock.now())
    today = dhaka_date(clock.now())
    names = await bodies.read_service_names(tx, overview, today)
    return await use_cases.read_area(tx, area, names, today)


@routes.get("/v1/programme/pilot", roles=_ROLES, problems=("role_missing",))
async def read_pilot(
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    clock: Clock,
) -> PilotView:
    """Show the criteria of the pilot, what is known of each, and whether it passed (programme)."""
    return await use_cases.read_pilot(tx, dhaka_date(clock.now()))
