"""Details that a citizen keeps to be offered in forms."""

from libs.service import Capability
from services.portal.details import routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("details", routes=routes.routes)
