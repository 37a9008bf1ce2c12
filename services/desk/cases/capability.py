"""Queues, cases, and many cases at once, on pages of officers."""

from libs.service import Capability
from libs.web.handling.routes import Routes
from services.desk.cases import bulk_routes, paper_routes, routes
from services.desk.staff.sessions import StaffSessions


def capability(sessions: StaffSessions) -> Capability:
    """Make the capability."""
    # The address of a case would take the others.
    all_routes = Routes.joined(bulk_routes.routes, paper_routes.routes, routes.routes)
    return Capability("cases", routes=all_routes, provides=[sessions])
