"""Changes of the rules that say which office is responsible, by operators."""

from libs.service import Capability
from services.catalogue.routing_changes import routes


def capability() -> Capability:
    """Return the capability; its routes write, and only operators may call them."""
    return Capability("routing_changes", routes=routes.routes)
