"""Workflows, tariffs and the calendar: what two people publish, and its announcements."""

from libs.contracts import topics
from libs.messaging.reading.router import Router
from libs.service import Capability
from services.catalogue.publications.routes import routes

router = Router("catalogue")
router.publisher(topics.WORKFLOWS)
router.publisher(topics.TARIFFS)
router.publisher(topics.CALENDAR)


def capability() -> Capability:
    """Return the capability."""
    return Capability("publications", routes=routes, consumers=router)
