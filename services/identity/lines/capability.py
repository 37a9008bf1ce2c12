"""The lines of centres, announced on `lines.v1`."""

from libs.contracts import topics
from libs.messaging.reading.router import Router
from libs.service import Capability
from services.identity.lines import routes

router = Router("identity")
router.publisher(topics.LINES)


def capability() -> Capability:
    """Return the capability."""
    return Capability("lines", routes=routes.routes, consumers=router)
