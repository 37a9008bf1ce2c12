"""Queues, cases, and many cases at once, on pages of officers."""

from libs.service import Capability
from libs.web.handling.routes import Routes
from services.desk.cases import bulk_routes, routes


def capability() -> Capability:
    """Make the capability."""
    # The address of a case would take the others.
    return Capability("cases", routes=Routes.joined(bulk_routes.routes, routes.routes))
