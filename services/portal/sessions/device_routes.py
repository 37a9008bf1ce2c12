"""A device of a service centre, on which citizens log in."""

from starlette.requests import Request
from starlette.responses import Response

from libs.pages.centre_devices import FIELD, HAND_OVER_PATH, CentreDevices
from libs.pages.posts import check_origin, read_fields
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.web.handling.routes import Routes

routes = Routes(public=False)


@routes.post(HAND_OVER_PATH)
async def ask_to_take_over(request: Request, pages: Pages, devices: CentreDevices) -> Response:
    """Ask whether this browser is the device whose key the desk hands over; keep nothing yet.

    The form may come from anywhere, and without our cookies.
    """
    sealed = (await read_fields(request)).get(FIELD, "")
    devices.check(sealed)
    return pages.show(
        request, "centre_device.html", path=HAND_OVER_PATH, field=FIELD, sealed=sealed
    )


@routes.post(f"{HAND_OVER_PATH}/confirmation")
async def take_over(request: Request, pages: Pages, devices: CentreDevices) -> Response:
    """Keep the device key that the desk hands over; only from the page that has asked."""
    check_origin(request)
    devices.take_over(visit_of(request), (await read_fields(request)).get(FIELD, ""))
    return pages.go(request, HAND_OVER_PATH)


@routes.get(HAND_OVER_PATH)
async def show_taken_over(request: Request, pages: Pages, devices: CentreDevices) -> Response:
    """Whether this browser is known as a device of a centre."""
    is_known = devices.key_of(visit_of(request)) is not None
    return pages.show(request, "centre_device.html", sealed="", is_known=is_known)
