"""What citizens see of their applications."""

from libs.service import Capability
from services.applications.timeline import consumers, routes


def capability() -> Capability:
    """Show applications with their timelines, and add what became of messages."""
    return Capability("timeline", routes=routes.routes, consumers=consumers.router)
