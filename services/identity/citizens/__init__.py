"""Citizens: registered at their first login; each reads and changes a profile."""

from libs.contracts import topics
from libs.messaging.router import Router
from libs.service import Capability
from services.identity.citizens import routes

router = Router("identity")
router.publisher(topics.IDENTITY)


def capability() -> Capability:
    """Return the capability."""
    return Capability("citizens", routes=routes.routes, consumers=router)
