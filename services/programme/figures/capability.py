"""Counts of what happens to applications, and the figures made of them."""

from libs.service import Capability
from services.programme.figures import consumers, routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("figures", routes=routes.routes, consumers=consumers.router)
