"""Erasure of a citizen: the number and all messages are deleted."""

from libs.service import Capability
from services.notifications.erasure import consumers


def capability() -> Capability:
    """Make the capability."""
    return Capability("erasure", consumers=consumers.router)
