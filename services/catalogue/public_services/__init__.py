"""Public services, categories and bodies: the reference, changes by operators, lists, search."""

from libs.contracts import topics
from libs.messaging.router import Router
from libs.service import Capability
from services.catalogue.public_services import routes
from services.catalogue.public_services.service_index import ServiceIndex
from services.catalogue.snapshot import Snapshot

router = Router("catalogue")
router.publisher(topics.CATALOGUE)


def capability(index: Snapshot[ServiceIndex]) -> Capability:
    """Make the capability; its routes answer from the index."""
    return Capability("public_services", routes=routes.routes, consumers=router, provides=[index])
