"""Files that pages refer to, and pages about the portal itself."""

from starlette.requests import Request
from starlette.responses import Response

from libs.errors import Refused
from libs.web.routes import Routes
from services.portal.pages.assets import Assets
from services.portal.pages.rendering import HEADERS, Pages

_FOR_EVER = "public, max-age=31536000, immutable"

routes = Routes(public=False)


@routes.get("/assets/{file}")
async def read_asset(file: str, assets: Assets) -> Response:
    """A style sheet, a font or a script; its address changes with its content.

    Raises:
        Refused: there is no such file.
    """
    asset = assets.find(file)
    if asset is None:
        raise Refused("not_found")
    headers = {**HEADERS, "cache-control": _FOR_EVER}
    return Response(asset.content, media_type=asset.media_type, headers=headers)


@routes.get("/privacy")
async def show_privacy(request: Request, pages: Pages) -> Response:
    """Which data the portal uses, and why."""
    return pages.show(request, "privacy.html")


@routes.get("/accessibility")
async def show_accessibility(request: Request, pages: Pages) -> Response:
    """For whom the portal is made, and what does not work yet."""
    return pages.show(request, "accessibility.html")


@routes.get("/help")
async def show_help(request: Request, pages: Pages) -> Response:
    """Where to get help: 333, and the service centres."""
    return pages.show(request, "help.html")
