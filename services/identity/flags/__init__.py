"""Flags: what people of the programme look at. A machine refuses nothing because of them."""

from libs.service import Capability
from services.identity.flags import routes


def capability() -> Capability:
    """Return the capability."""
    return Capability("flags", routes=routes.routes)
