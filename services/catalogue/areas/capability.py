"""Areas of the country and post offices."""

from libs.service import Capability
from services.catalogue.areas import routes
from services.catalogue.areas.area_index import AreaIndex
from services.catalogue.snapshot import Snapshot


def capability(index: Snapshot[AreaIndex]) -> Capability:
    """Return the capability; its routes respond from the index."""
    return Capability("areas", routes=routes.routes, provides=[index])
