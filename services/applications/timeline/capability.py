"""Citizens' views of their applications."""

from libs.service import Capability
from services.applications.timeline import consumers, routes


def capability() -> Capability:
    """Return the capability: it shows applications, with failed messages and papers."""
    return Capability("timeline", routes=routes.routes, consumers=consumers.router)
