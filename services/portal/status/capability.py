"""The status of each ministry's connection."""

from libs.service import Capability
from services.portal.status import routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("status", routes=routes.routes)
