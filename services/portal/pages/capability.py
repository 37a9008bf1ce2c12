"""Pages about the portal itself, and the layout of all pages."""

from libs.service import Capability
from services.portal.pages import routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("pages", routes=routes.routes)
