"""Systems of ministries, what waits for them, and dead letters, on pages of operators."""

from libs.service import Capability
from libs.web.handling.routes import Routes
from services.desk.operations import letter_routes, system_routes


def capability() -> Capability:
    """Make the capability."""
    return Capability(
        "operations", routes=Routes.joined(system_routes.routes, letter_routes.routes)
    )
