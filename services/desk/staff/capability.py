"""Staff log in and out, with passkeys; first pages; the layout of all pages."""

from libs.service import Capability
from libs.web.handling.routes import Routes
from services.desk.staff import account_routes, confirmation_routes, passkey_routes, routes
from services.desk.staff.sessions import StaffSessions


def capability(sessions: StaffSessions) -> Capability:
    """Make the capability."""
    rooms = (routes, confirmation_routes, account_routes, passkey_routes)
    together = Routes.joined(*(room.routes for room in rooms))
    return Capability("staff", routes=together, provides=[sessions])
