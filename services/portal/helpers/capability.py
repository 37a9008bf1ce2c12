"""Helpers of a citizen at service centres: see, stop, complain."""

from libs.service import Capability
from services.portal.helpers import routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("helpers", routes=routes.routes)
