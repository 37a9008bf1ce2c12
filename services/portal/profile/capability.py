"""A citizen's profile, and the end of the account."""

from libs.service import Capability
from libs.web.handling.routes import Routes
from services.portal.profile import account_routes, routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("profile", routes=Routes.joined(routes.routes, account_routes.routes))
