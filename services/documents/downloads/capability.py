"""Ministries fetch the papers of their submissions."""

from libs.service import Capability
from services.documents.downloads import routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("downloads", routes=routes.routes)
