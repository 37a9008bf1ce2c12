"""Pages about the portal itself."""

from starlette.requests import Request
from starlette.responses import Response

from libs.pages.rendering import Pages
from libs.web.handling.routes import Routes

routes = Routes(public=False)


@routes.get("/privacy")
async def show_privacy(request: Request, pages: Pages) -> Response:
    """Which data the portal uses, and why."""
    return pages.show(request, "privacy.html")


@routes.get("/accessibility")
async def show_accessibility(request: Request, pages: Pages) -> Response:
    """Show for whom the portal is made, and which parts are not accessible yet."""
    return pages.show(request, "accessibility.html")
