"""HTTP route that shows the status of an application without a login."""

from starlette.requests import Request

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.contracts.applications import TrackApplication, TrackedApplication
from libs.database.pool import Database
from libs.errors import Refused
from libs.web.callers.addresses import client_address
from libs.web.handling.routes import Routes
from services.applications.public_services.cache import PublicServiceCache
from services.applications.tracking import use_cases

routes = Routes()


@routes.post(
    "/v1/tracking",
    headers={"cache-control": "no-store"},
    problems=("tracking_unknown", "tracking_too_often"),
    example={"tracking_number": "NS-7K4M9-PXRT3-HC2D3", "phone": "০১৭১২-৩৪৫৬৭৮"},
)
async def track_application(
    body: TrackApplication,
    request: Request,
    database: Database,
    services: PublicServiceCache,
    proxies: TrustedProxies,
    clock: Clock,
) -> TrackedApplication:
    """The status of an application, for its tracking number and the citizen's mobile number.

    In place of the mobile number, a citizen without a phone has the code on the payment receipt.

    Raises:
        Refused: there is no such pair, or it was asked for too often from this network, or from
            all in which it was never found.
    """
    address = client_address(request, proxies)
    async with database.transaction() as tx:
        found = await use_cases.find(tx, body, address, at=clock.now())
    if isinstance(found, Refused):
        raise found
    return TrackedApplication(
        tracking_number=found.tracking_number,
        public_service_id=found.public_service_id,
        public_service_name=services.name_of(found.public_service_id),
        status=found.status,
        submitted_at=found.submitted_at,
        due_on=found.due_on,
        case_file_number=found.case_file_number,
        step=found.step,
        appeal_until=found.appeal_until,
    )
