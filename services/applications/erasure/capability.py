"""Erasure of a citizen: cases stay for statistics, without forms, words or a person."""

from libs.service import Capability
from services.applications.erasure import consumers


def capability() -> Capability:
    """Make the capability."""
    return Capability("erasure", consumers=consumers.router)
