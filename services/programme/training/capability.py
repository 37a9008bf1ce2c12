"""Training, whose qualifications are announced."""

from libs.contracts import topics
from libs.messaging.reading.router import Router
from libs.service import Capability
from services.programme.training import routes

router = Router("programme")
router.publisher(topics.QUALIFICATIONS)


def capability() -> Capability:
    """Return the capability."""
    return Capability("training", routes=routes.routes, consumers=router)
