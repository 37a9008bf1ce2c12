"""The public status of ministries' systems."""

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.contracts.status import StatusPage
from libs.web.handling.routes import Routes
from services.applications.ministry_status.cache import MinistryStatuses
from services.applications.public_services.cache import PublicServiceCache

routes = Routes()


@routes.get("/v1/status", cached=True)
async def read_status(
    statuses: MinistryStatuses, services: PublicServiceCache, clock: Clock
) -> StatusPage:
    """The current state of each ministry's system."""
    at = clock.now()
    return statuses.page(services.ministry_adapters(dhaka_date(at)), at)
