"""Pages of an officer before whom a citizen without a phone agrees to an uddokta's help."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.language import Text
from libs.contracts.mandates import MandateView
from libs.pages.errors import PageError, keep_wrong, take_wrong
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
async def ask_for_number(request: Request, staff: StaffVisit, pages: Pages) -> Response:
    """Ask for the number that the counter shows."""
    wrong = take_wrong(staff)
    return pages.show(
        request,
        "witness.html",
        status=wrong.status,
        typed=wrong.typed.get("number", ""),
        is_done=request.query_params.get("done") == "yes" and not wrong.errors,
        errors=wrong.errors,
    )


@routes.post("/witness")
async def look_up(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Go to the consent that waits under a number."""
    number = posted.text("number")[:40]
    try:
        await _read(gateway, staff, number or "-")
    except ApiProblem as failure:
        error = PageError("number", failure.message, failure.problem.status)
        keep_wrong(staff, error, {"number": number})
        return pages.go(request, "/witness")
    return pages.go(request, path_of("/witness/{number}", number=number))


@routes.get("/witness/{number}")
async def show_request(
    number: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Show the consent that the citizen is asked for, and by which uddokta."""
    mandate = await _read(gateway, staff, number)
    wrong = take_wrong(staff)
    return pages.show(
        request, "consent.html", status=wrong.status, mandate=mandate, errors=wrong.errors
    )


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
    here = path_of("/witness/{number}", number=number)
    if not all(posted.get(name) for name in _SAID):
        keep_wrong(staff, PageError("known", _NOT_SAID.in_language(staff.language), 422))
        return pages.go(request, here)
    try:
        await gateway.post(staff, f"/v1/mandates/{mandate.mandate_id}/witness", model=MandateView)
    except ApiProblem as failure:
        keep_wrong(staff, PageError("known", failure.message, failure.problem.status))
        return pages.go(request, here)
    return pages.go(request, "/witness?done=yes")


async def _read(gateway: Gateway, staff: StaffVisit, number: str) -> MandateView:
    path = path_of("/v1/witness-requests/{number}", number=number)
    return await gateway.read(staff, MandateView, path, personal=True)
