"""A device of a service centre, on which citizens log in."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from libs.pages.centre_devices import FIELD, HAND_OVER_PATH, CentreDevices
from libs.pages.posts import read_fields
from libs.pages.visits import visit_of
from libs.web.handling.routes import Routes
from services.portal.settings import Settings

routes = Routes(public=False)


@routes.post(HAND_OVER_PATH)
async def take_over(request: Request, devices: CentreDevices, settings: Settings) -> Response:
    """Keep the device key that the desk hands over, and go back to the counter."""
    posted, visit = await read_fields(request), visit_of(request)
    devices.take_over(visit, posted.get(FIELD, ""))
    return RedirectResponse(settings.desk_origin + visit.url("/counter"), 303)
