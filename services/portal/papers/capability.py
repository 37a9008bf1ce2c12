"""Papers of a form, and the papers that a citizen keeps."""

from libs.service import Capability
from libs.web.handling.routes import Routes
from services.portal.papers import locker_routes, routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("papers", routes=Routes.joined(routes.routes, locker_routes.routes))
