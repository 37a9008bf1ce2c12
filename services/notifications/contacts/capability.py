"""Contacts of citizens: their numbers and languages."""

from libs.service import Capability
from services.notifications.contacts import consumers


def capability() -> Capability:
    """Make the capability."""
    return Capability("contacts", consumers=consumers.router)
