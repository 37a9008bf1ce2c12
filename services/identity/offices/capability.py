"""Offices of ministries, and the officers who work there."""

from libs.service import Capability
from services.identity.offices import routes


def capability() -> Capability:
    """Return the capability."""
    return Capability("offices", routes=routes.routes)
