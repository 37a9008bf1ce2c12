"""Uddoktas: licensed people of service centres; sanctions by two people."""

from libs.contracts import topics
from libs.messaging.reading.router import Router
from libs.service import Capability
from services.identity.uddoktas import routes

router = Router("identity")
router.publisher(topics.UDDOKTAS)


def capability() -> Capability:
    """Return the capability."""
    return Capability("uddoktas", routes=routes.routes, consumers=router)
