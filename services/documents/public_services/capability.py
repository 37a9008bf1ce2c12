"""Public services of the catalogue: which papers their forms ask for."""

from libs.service import Capability
from services.documents.public_services import consumers


def capability() -> Capability:
    """Make the capability."""
    return Capability("public services", consumers=consumers.router)
