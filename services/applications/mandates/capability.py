"""Mandates: which are used or over, by whichever came first; who may follow up what."""

from libs.service import Capability
from services.applications.mandates import consumers


def capability() -> Capability:
    """Return the capability."""
    return Capability("mandates", consumers=consumers.router)
