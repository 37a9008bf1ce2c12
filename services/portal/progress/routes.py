"""Pages on how far ministries and divisions are: all, one with its services, and open data."""

from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.programme import Progress, ProgressOfBody
from libs.contracts.snapshots import OpenDataIndex
from libs.pages.downloads import Download
from libs.pages.gateway import Gateway, path_of
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes

_DEADLINE_S: Final = 30.0

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


@routes.get("/open-data")
async def show_open_data(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """The files of each week, their licence, and what is hidden in them."""
    visit, after = visit_of(request), request.query_params.get("after")
    found = await gateway.read(visit, OpenDataIndex, "/v1/open-data", {"after": after})
    return pages.show(request, "open_data.html", found=found)


@routes.get("/open-data/{week_ends}/{name}", limits=RouteLimits(streamed=True))
async def download_open_data(
    week_ends: date, name: str, request: Request, gateway: Gateway
) -> Response:
    """A file of a week, as it was published."""
    path = path_of("/v1/open-data/{week}/{name}", week=str(week_ends), name=name)
    content = gateway.download(visit_of(request), path, deadline_s=_DEADLINE_S, headers={})
    return Download(content)
