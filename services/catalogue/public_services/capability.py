"""Public services, categories and bodies: reference data, changes by operators, lists, search."""

from libs.contracts import topics
from libs.messaging.reading.router import Router
from libs.service import Capability
from services.catalogue.public_services import routes
from services.catalogue.public_services.service_index import ServiceIndex
from services.catalogue.snapshot import Snapshot

router = Router("catalogue")
router.publisher(topics.CATALOGUE)


def capability(index: Snapshot[ServiceIndex]) -> Capability:
    """Return the capability; its routes respond from the index."""
    return Capability("public_services", routes=routes.routes, consumers=router, provides=[index])
