"""The page with the status of each ministry's connection."""

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.status import StatusPage
from libs.pages.gateway import Gateway
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.web.handling.routes import Routes
from services.portal.status.rules import hours_of, in_groups

routes = Routes(public=False)


@routes.get("/status")
async def show_status(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """How each ministry's system does, those with trouble first."""
    found = await gateway.read(visit_of(request), StatusPage, "/v1/status")
    return pages.show(
        request,
        "status.html",
        connections=found,
        groups=in_groups(found.items),
        hours_of=hours_of,
    )
