"""Details that citizens saved with their consent, so that forms can offer them."""

from libs.service import Capability
from services.identity.details import routes


def capability() -> Capability:
    """Return the capability."""
    return Capability("details", routes=routes.routes)
