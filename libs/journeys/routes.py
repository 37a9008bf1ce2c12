"""The route of a service that answers for its part of a journey."""

from typing import Final

from libs.contracts.applications import TrackingNumber
from libs.contracts.journeys import JourneyPart, JourneyQuery
from libs.database.transaction import Transaction
from libs.journeys import use_cases
from libs.journeys.part import Journeys
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes

READERS: Final[tuple[str, ...]] = ("operator", "helpline")

routes = Routes()


@routes.get(
    "/v1/operations/{service}/journeys/{tracking_number}",
    roles=READERS,
    problems=("role_missing", "application_unknown"),
)
async def read_journey(
    tracking_number: TrackingNumber,
    query: JourneyQuery,
    staff: Staff,
    journeys: Journeys,
    tx: Transaction,
) -> JourneyPart:
    """Where an application is, as one service knows it; audited (operators, helpline)."""
    return await use_cases.read_part(
        tx, journeys, tracking_number, query.application_id, staff.actor
    )
