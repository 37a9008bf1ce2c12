"""Centres, uddoktas, offices, officers, accounts and flags, on pages of the programme's staff."""

from libs.service import Capability
from libs.web.handling.routes import Routes
from services.desk.programme import (
    account_routes,
    centre_routes,
    office_routes,
    routes,
    uddokta_routes,
)


def capability() -> Capability:
    """Make the capability."""
    rooms = (routes, centre_routes, uddokta_routes, office_routes, account_routes)
    return Capability("programme", routes=Routes.joined(*(room.routes for room in rooms)))
