"""Pages on which a citizen sees who helped her at a service centre, stops it, and complains."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.centres import RateBoard
from libs.contracts.mandates import Complain, MandateList, MandateView, RevokedMandate
from libs.errors import Refused
from libs.pages.errors import PageError
from libs.pages.formats import page_mark
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit, visit_of
from libs.web.handling.routes import Routes

routes = Routes(public=False)


@routes.get("/helpers")
async def list_helpers(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Who helped me, with what, and what it cost, the newest first."""
    after = page_mark(request.query_params.get("after", ""))
    listed = await _list(gateway, visit_of(request), after)
    return pages.show(request, "helpers.html", listed=listed, stopped=None)


@routes.post("/helpers/{mandate_id}/stop")
async def stop(
    mandate_id: UUID, request: Request, _posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Stop a helper; if the application was sent before, the page says how to withdraw it."""
    visit = visit_of(request)
    path = f"/v1/me/mandates/{mandate_id}/revocation"
    stopped = await gateway.post(visit, path, model=RevokedMandate)
    listed = await _list(gateway, visit)
    return pages.show(request, "helpers.html", listed=listed, stopped=stopped)


@routes.get("/helpers/{mandate_id}/complaint")
async def ask_for_complaint(
    mandate_id: UUID, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """Ask what went wrong.

    Raises:
        Refused: there is no such helper.
    """
    mandate = await _find(gateway, visit_of(request), mandate_id)
    return pages.show(request, "complaint.html", mandate=mandate, text="", errors=[])


@routes.post("/helpers/{mandate_id}/complaint")
async def complain(
    mandate_id: UUID, request: Request, posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Send a complaint to the programme's staff."""
    visit, text = visit_of(request), posted.text("text")
    path = f"/v1/me/mandates/{mandate_id}/complaints"
    try:
        await gateway.post(visit, path, Complain.model_construct(text=text), model=MandateView)
    except ApiProblem as failure:
        return pages.show(
            request,
            "complaint.html",
            status=failure.problem.status,
            mandate=await _find(gateway, visit, mandate_id),
            text=text,
            errors=[PageError("text", failure.message)],
        )
    return pages.go(request, "/helpers")


@routes.get("/centres/{centre}/rates")
async def show_rates(centre: str, request: Request, pages: Pages, gateway: Gateway) -> Response:
    """The price list of a centre, for everybody and for the wall."""
    path = path_of("/v1/centres/{id}/rates", id=centre)
    board = await gateway.read(visit_of(request), RateBoard, path)
    return pages.show(request, "rates.html", board=board)


async def _list(gateway: Gateway, visit: Visit, after: str | None = None) -> MandateList:
    query = {"after": after}
    return await gateway.read(visit, MandateList, "/v1/me/mandates", query, personal=True)


async def _find(gateway: Gateway, visit: Visit, mandate_id: UUID) -> MandateView:
    """Read one of my helpers.

    Raises:
        Refused: there is no such helper.
    """
    listed = await _list(gateway, visit)
    while True:
        for mandate in listed.items:
            if mandate.mandate_id == mandate_id:
                return mandate
        if listed.next is None:
            raise Refused("not_found")
        listed = await _list(gateway, visit, listed.next)
