"""Facts about bodies, and the state that follows from them."""

from libs.service import Capability
from services.programme.bodies import consumers, routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("bodies", routes=routes.routes, consumers=consumers.router)
