"""Log in with a code, log out, answers that wait for a login, and devices of centres."""

from libs.pages.centre_devices import CentreDevices
from libs.service import Capability
from libs.web.handling.routes import Routes
from services.portal.sessions import device_routes, routes


def capability(devices: CentreDevices) -> Capability:
    """Make the capability."""
    together = Routes.joined(routes.routes, device_routes.routes)
    return Capability("sessions", routes=together, provides=[devices])
