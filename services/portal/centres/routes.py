"""Pages of the service centres, and of help."""

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.map import WIDTH, borders, frame
from libs.contracts.centres import CentreList
from libs.errors import Unavailable
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.web.handling.routes import Routes
from services.portal.centres import rules
from services.portal.status.rules import hours_of

routes = Routes(public=False)
_MOST_CHARS = 100
_AT_HELP = 10  # so that the page of help stays one page


@routes.get("/centres")
async def show_centres(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Where the centres are, whether they run, when they are open, and how to get there.

    Of many a page, and those with a name or address that was looked for.
    """
    asked = request.query_params
    words = asked.get("q", "").strip()[:_MOST_CHARS]
    query = {"q": words or None, "after": asked.get("after") or None}
    listed = await gateway.read(visit_of(request), CentreList, "/v1/centres", query)
    centres = rules.shown(listed.items)
    return pages.show(
        request,
        "centres.html",
        centres=centres,
        dots=rules.dots(centres),
        borders=borders(),
        size=(round(WIDTH / 2), round(frame().height / 2)),
        hours_of=hours_of,
        words=words,
        following=listed.next,
        is_all=not (words or asked.get("after") or listed.next),
    )


@routes.get("/help")
async def show_help(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Where to get help: 333, and the centres that run; 333 alone where they cannot be read."""
    try:
        query = {"state": "running", "limit": str(_AT_HELP)}
        listed = await gateway.read(visit_of(request), CentreList, "/v1/centres", query)
        running = [centre for centre in listed.items if centre.state == "running"]
    except (ApiProblem, Unavailable):
        running = None
    return pages.show(request, "help.html", running=running)
