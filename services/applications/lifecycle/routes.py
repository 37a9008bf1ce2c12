"""HTTP route that withdraws an application."""

from libs.clock import Clock
from libs.contracts.applications import ApplicationSummary, TrackingNumber
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Citizen
from libs.web.handling.routes import Routes
from services.applications.lifecycle import use_cases
from services.applications.public_services.cache import PublicServiceCache

routes = Routes()


@routes.post(
    "/v1/applications/{tracking_number}/withdrawal",
    problems=("application_unknown", "application_closed", "already_decided"),
)
async def withdraw_application(
    tracking_number: TrackingNumber,
    citizen: Citizen,
    tx: Transaction,
    services: PublicServiceCache,
    clock: Clock,
) -> ApplicationSummary:
    """Withdraw the application.

    A repeat gets the same response.
    """
    application = await use_cases.withdraw(tx, citizen.citizen_id, tracking_number, at=clock.now())
    return application.summary(services.name_of(application.public_service_id))
