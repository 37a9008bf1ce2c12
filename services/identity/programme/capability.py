"""The programme: its staff stop centres and uddoktas, and what they had begun for citizens."""

from libs.service import Capability
from services.identity.programme import routes


def capability() -> Capability:
    """Return the capability."""
    return Capability("programme", routes=routes.routes)
