"""HTTP route by which a citizen objects to a refusal."""

from starlette.responses import Response

from libs.clock import Clock
from libs.contracts.applications import AppealApplication, ApplicationSummary, TrackingNumber
from libs.database.pool import Database
from libs.web.callers.tokens import Citizen
from libs.web.handling.idempotency import IdempotentRequest
from libs.web.handling.routes import Routes
from services.applications.appeals import use_cases
from services.applications.public_services.cache import PublicServiceCache
from services.applications.receipts import Receipts
from services.applications.submissions import use_cases as submissions

PROBLEMS = ("application_unknown", "appeal_not_possible", "appeal_made", "appeal_too_late")

routes = Routes()


@routes.post(
    "/v1/applications/{tracking_number}/appeal",
    answer=ApplicationSummary,
    problems=PROBLEMS,
    example={"grounds": "যে কাগজটি নেই বলা হয়েছে, তা আবেদনের সঙ্গে দেওয়া ছিল।"},
)
async def appeal_application(  # noqa: PLR0913
    tracking_number: TrackingNumber,
    citizen: Citizen,
    request: IdempotentRequest | None,
    body: AppealApplication,
    database: Database,
    services: PublicServiceCache,
    receipts: Receipts,
    clock: Clock,
) -> Response:
    """Object to the refusal of my application, once, until the day in `appeal_until`.

    A higher office and another officer decide. With an Idempotency-Key a repeat gets the first
    response.
    """
    at = clock.now()
    if request:
        request = submissions.fingerprinted_without_receipts(request, body, tracking_number)
    papers = await receipts.read(body.documents)
    async with database.transaction() as tx:
        first = await submissions.stored_response(tx, request) if request else None
        if first is None:
            first = await use_cases.appeal(
                tx, services, citizen.citizen_id, tracking_number, body, papers, at=at
            )
            if request:
                await submissions.store_response(tx, request, first)
    return Response(first, submissions.OK, media_type="application/json")
