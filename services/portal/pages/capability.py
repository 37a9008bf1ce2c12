"""Pages about the portal itself, with its style and font."""

from libs.service import Capability
from services.portal.pages import routes
from services.portal.pages.assets import Assets


def capability(assets: Assets) -> Capability:
    """Make the capability."""
    return Capability("pages", routes=routes.routes, provides=[assets])
