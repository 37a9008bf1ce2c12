"""The status of an application by tracking number and mobile number."""

from libs.service import Capability
from services.portal.tracking import routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("tracking", routes=routes.routes)
