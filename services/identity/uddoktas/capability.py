"""Uddoktas: licensed people of service centres; sanctions by two people."""

from libs.contracts import topics
from libs.messaging.reading.router import Router
from libs.service import Capability, Resources
from services.identity.qualifications.use_cases import QUALIFICATIONS_CHANGED
from services.identity.uddoktas import routes, use_cases

_REQUALIFIES_EVERY_S = 600.0

router = Router("identity")
router.publisher(topics.UDDOKTAS)


def capability(resources: Resources) -> Capability:
    """Return the capability, which announces uddoktas whose qualification has changed."""
    announcer = resources.periodic(
        "announce qualified uddoktas", use_cases.requalify, every_s=_REQUALIFIES_EVERY_S
    )
    resources.database.on_notification(QUALIFICATIONS_CHANGED, announcer.wake)
    return Capability("uddoktas", routes=routes.routes, consumers=router, components=[announcer])
