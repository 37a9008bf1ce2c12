"""Numbers, language and sessions of a citizen."""

from libs.service import Capability
from services.portal.profile import routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("profile", routes=routes.routes)
