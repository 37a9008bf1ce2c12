"""My applications: one application, receipt, withdrawal."""

from libs.service import Capability
from services.portal.applications import routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("applications", routes=routes.routes)
