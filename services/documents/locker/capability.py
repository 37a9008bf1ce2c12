"""The papers of citizens."""

from libs.service import Capability
from services.documents.locker import routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("locker", routes=routes.routes)
