"""What citizens saved about themselves with their consent, so that forms can offer it."""

from libs.service import Capability
from services.identity.details import routes


def capability() -> Capability:
    """Return the capability."""
    return Capability("details", routes=routes.routes)
