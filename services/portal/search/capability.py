"""Home, search, life events, categories, and the start page of a public service."""

from libs.service import Capability
from services.portal.search import routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("search", routes=routes.routes)
