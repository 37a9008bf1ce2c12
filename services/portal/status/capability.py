"""How each ministry's connection does."""

from libs.service import Capability
from services.portal.status import routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("status", routes=routes.routes)
