"""Pages of an officer before whom a citizen without a phone agrees to an uddokta's help."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.language import Text
from libs.contracts.mandates import MandateView
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.web.handling.routes import Routes
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
_NOT_SAID: Final = Text(
    bn="দুটি কথাই ঠিক হলে টিক দিন, না হলে নিশ্চিত করবেন না।",
    en="Tick both if they are so; otherwise do not confirm.",
)
_SAID: Final = ("known", "agreed")


@routes.get("/witness")
async def ask_for_number(request: Request, _staff: StaffVisit, pages: Pages) -> Response:
    """Ask for the number that the counter shows."""
    is_done = request.query_params.get("done") == "yes"
    return pages.show(request, "witness.html", typed="", is_done=is_done, errors=[])


@routes.post("/witness")
async def look_up(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Go to the consent that waits under a number."""
    number = posted.text("number")[:40]
    try:
        await _read(gateway, staff, number or "-")
    except ApiProblem as failure:
        errors = [PageError("number", failure.message)]
        status = failure.problem.status
        return pages.show(
            request, "witness.html", status=status, typed=number, is_done=False, errors=errors
        )
    return pages.go(request, path_of("/witness/{number}", number=number))


@routes.get("/witness/{number}")
async def show_request(
    number: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Show the consent that the citizen is asked for, and by which uddokta."""
    mandate = await _read(gateway, staff, number)
    return pages.show(request, "consent.html", mandate=mandate, errors=[])


@routes.post("/witness/{number}")
async def confirm(
    number: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Confirm that I know the citizen, and that she agreed before me."""
    mandate = await _read(gateway, staff, number)
    if not all(posted.get(name) for name in _SAID):
        errors = [PageError("known", _NOT_SAID.in_language(staff.language))]
        return pages.show(request, "consent.html", status=422, mandate=mandate, errors=errors)
    try:
        await gateway.post(staff, f"/v1/mandates/{mandate.mandate_id}/witness", model=MandateView)
    except ApiProblem as failure:
        errors = [PageError("known", failure.message)]
        status = failure.problem.status
        return pages.show(request, "consent.html", status=status, mandate=mandate, errors=errors)
    return pages.go(request, "/witness?done=yes")


async def _read(gateway: Gateway, staff: StaffVisit, number: str) -> MandateView:
    path = path_of("/v1/witness-requests/{number}", number=number)
    return await gateway.read(staff, MandateView, path, personal=True)
