"""Erasure of a citizen: forms that wait are deleted, deliveries lose their person."""

from libs.service import Capability
from services.ministries.erasure import consumers


def capability() -> Capability:
    """Make the capability."""
    return Capability("erasure", consumers=consumers.router)
