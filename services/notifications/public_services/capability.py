"""Public services of the catalogue: the names that messages use."""

from libs.service import Capability
from services.notifications.public_services import consumers


def capability() -> Capability:
    """Make the capability."""
    return Capability("public services", consumers=consumers.router)
