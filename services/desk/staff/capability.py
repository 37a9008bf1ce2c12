"""Staff log in and out, with passkeys; first pages; the layout of all pages."""

from libs.service import Capability
from libs.web.handling.routes import Routes
from services.desk.staff import confirmation_routes, passkey_routes, routes
from services.desk.staff.sessions import StaffSessions


def capability(sessions: StaffSessions) -> Capability:
    """Make the capability."""
    together = Routes.joined(routes.routes, confirmation_routes.routes, passkey_routes.routes)
    return Capability("staff", routes=together, provides=[sessions])
