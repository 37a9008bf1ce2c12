"""HTTP routes that show a citizen's applications and their timelines."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from libs.clock import Clock
from libs.contracts.applications import ApplicationList, ApplicationView, TrackingNumber
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Citizen
from libs.web.handling.routes import Routes
from services.applications.ministry_status.cache import MinistryStatuses
from services.applications.public_services.cache import PublicServiceCache
from services.applications.timeline import use_cases
from services.applications.timeline.rules import view

routes = Routes()


class ApplicationsQuery(BaseModel):
    """Which part of the list of my applications."""

    after: Annotated[UUID | None, Field(description="`next` of the page before")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="Most rows in one answer")] = 20


@routes.get("/v1/applications/{tracking_number}", problems=("application_unknown",))
async def read_application(
    tracking_number: TrackingNumber,
    citizen: Citizen,
    tx: Transaction,
    services: PublicServiceCache,
    statuses: MinistryStatuses,
    clock: Clock,
) -> ApplicationView:
    """One application and its timeline."""
    application, entries = await use_cases.read_application(tx, citizen.citizen_id, tracking_number)
    public_service_id = application.public_service_id
    notice = statuses.notice(application.ministry, clock.now())
    name, service = services.name_of(public_service_id), services.get(public_service_id)
    return view(application, name, entries, notice, service)


@routes.get("/v1/applications")
async def list_applications(
    query: ApplicationsQuery, citizen: Citizen, tx: Transaction, services: PublicServiceCache
) -> ApplicationList:
    """My applications, newest first."""
    return await use_cases.list_applications(
        tx, services, citizen.citizen_id, after=query.after, limit=query.limit
    )
