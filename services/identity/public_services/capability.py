"""Public services of the catalogue, copied so that identity needs no call to find one."""

from libs.service import Capability
from services.identity.public_services import consumers


def capability() -> Capability:
    """Make the capability."""
    return Capability("public services", consumers=consumers.router)
