"""Files that are arriving, over lines that break."""

from libs.service import Capability
from services.documents.uploads import routes


def capability() -> Capability:
    """Make the capability."""
    return Capability("uploads", routes=routes.routes)
