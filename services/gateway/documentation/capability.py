"""The API's document, and pages that show it."""

from collections.abc import Mapping
from typing import Any

from libs.service import Capability
from services.gateway.documentation.routes import page_routes


def capability(document: Mapping[str, Any]) -> Capability:
    """Make the capability."""
    return Capability("documentation", routes=page_routes(document))
