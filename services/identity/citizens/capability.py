"""Citizens: registration at the first login, and the profile."""

from libs.contracts import topics
from libs.messaging.reading.router import Router
from libs.service import Capability
from services.identity.citizens import routes

router = Router("identity")
router.publisher(topics.IDENTITY)


def capability() -> Capability:
    """Return the capability."""
    return Capability("citizens", routes=routes.routes, consumers=router)
