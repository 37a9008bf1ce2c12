"""Pages on how far ministries and divisions are: all of them, and one with its services."""

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.programme import Progress, ProgressOfBody
from libs.pages.gateway import Gateway, path_of
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.web.handling.routes import Routes

routes = Routes(public=False)


@routes.get("/progress")
async def show_progress(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """How far the bodies are that owe two services."""
    found = await gateway.read(visit_of(request), Progress, "/v1/progress")
    return pages.show(request, "progress.html", progress=found)


@routes.get("/progress/{body}")
async def show_progress_of_body(
    body: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """One body: its services, its connection, and how long decisions take."""
    path = path_of("/v1/progress/{body}", body=body)
    found = await gateway.read(visit_of(request), ProgressOfBody, path)
    return pages.show(request, "progress_of_body.html", progress=found)
