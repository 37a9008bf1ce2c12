"""The page of the pilot: its criteria, what is known of each, and who sets them."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.pilot import PilotProposal, PilotView, ProposePilot
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.staff.forms import errors_of, number_in
from services.desk.staff.proposals import answer_proposal, find_own
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_API: Final = "/v1/programme/pilot"
_PAGE: Final = "/programme/pilot"
NUMBERS: Final = ("in_time", "satisfaction", "lost", "overcharging", "open_days", "cost")


@routes.get(_PAGE)
async def show_pilot(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The criteria with what is known of them, and a form to propose others."""
    return await _page(request, pages, gateway, staff, Posted())


@routes.post(f"{_PAGE}/proposals")
async def propose_pilot(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Propose days and criteria."""
    typed: dict[str, Any] = {
        name: posted.text(name) for name in ("first_day", "last_day", "reason")
    }
    numbers: dict[str, Any] = {name: number_in(posted.text(name), None) for name in NUMBERS}
    wanted = ProposePilot.model_construct(**typed, **numbers)
    try:
        await gateway.post(staff, f"{_API}/proposals", wanted, model=PilotProposal)
    except ApiProblem as failure:
        errors = errors_of(failure, "reason")
        return await _page(request, pages, gateway, staff, posted, failure, errors)
    return pages.go(request, _PAGE)


@routes.post(f"{_PAGE}/proposals/{{act_id}}")
async def answer_pilot(
    act_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Set the criteria that another person has proposed, or say why not."""
    path = path_of("/v1/programme/pilot/proposals/{act_id}", act_id=str(act_id))
    try:
        await answer_proposal(gateway, staff, path, posted, PilotProposal)
    except ApiProblem as failure:
        errors = [PageError(f"rejection-{act_id}", failure.message)]
        return await _page(request, pages, gateway, staff, posted, failure, errors)
    return pages.go(request, _PAGE)


async def _page(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    typed: Posted,
    failure: ApiProblem | None = None,
    errors: Sequence[PageError] = (),
) -> Response:
    pilot = await gateway.read(staff, PilotView, _API, personal=True)
    return pages.show(
        request,
        "pilot.html",
        status=failure.problem.status if failure else 200,
        pilot=pilot,
        own=await find_own(gateway, staff, pilot.proposals),
        numbers=NUMBERS,
        typed=typed,
        errors=errors,
    )
