"""Feedback of a citizen after the ministry's decision: one to five, and a sentence."""

from libs.service import Capability
from services.applications.feedback import routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("feedback", routes=routes.routes)
