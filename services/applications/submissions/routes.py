"""HTTP routes that submit an application or a correction."""

from typing import Annotated

from pydantic import BaseModel, Field
from starlette.responses import Response

from libs.clock import Clock
from libs.contracts.applications import (
    AnswerErrors,
    ApplicationSummary,
    CheckAnswers,
    CorrectApplication,
    SubmitApplication,
    SubmittedForm,
    TrackingNumber,
)
from libs.contracts.language import Language
from libs.database.group import GroupCommit
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unreadable
from libs.grievances import GRIEVANCE
from libs.web.callers.tokens import Citizen
from libs.web.handling.idempotency import IdempotentRequest
from libs.web.handling.problems import field_error_in
from libs.web.handling.routes import Routes
from services.applications.public_services.cache import PublicServiceCache
from services.applications.receipts import Receipts
from services.applications.submissions import examples, use_cases
from services.applications.submissions.use_cases import CREATED, OK, PreparedSubmission

PublicServiceId = Annotated[str, Field(description="As in the list of services", examples=["S001"])]

routes = Routes()


class FormQuery(BaseModel):
    """Which answers are read."""

    earlier: Annotated[bool, Field(description="Also what I sent before it was corrected")] = False


@routes.post(
    "/v1/applications",
    status=CREATED,
    answer=ApplicationSummary,
    problems=(
        "public_service_unknown",
        "public_service_closed",
        "form_invalid",
        "mandate_needed",
    ),
    example=examples.SUBMISSION,
)
async def submit_application(  # noqa: PLR0913
    request: IdempotentRequest,
    body: SubmitApplication,
    services: PublicServiceCache,
    receipts: Receipts,
    group: GroupCommit[PreparedSubmission, bytes],
    database: Database,
    clock: Clock,
) -> Response:
    """Apply for a public service.

    The response is sent after the commit; a repeat gets the first response.

    Raises:
        Refused: the key or the public service is not accepted, or a mandate is needed.
        Unreadable: an answer of the form is wrong.
    """
    request = use_cases.fingerprinted_without_receipts(request, body)
    papers = await receipts.read(body.documents)
    if body.public_service_id == GRIEVANCE:
        async with database.transaction() as tx:
            form = await use_cases.with_office_complained_of(tx, body.form, request.caller)
        body = body.model_copy(update={"form": form})
    try:
        prepared = use_cases.prepare(request, body, services, papers, at=clock.now())
    except (Refused, Unreadable):
        # The same submission may have been accepted before the service closed or an age changed. A
        # repeat then gets the first response.
        async with database.transaction() as tx:
            first = await use_cases.stored_response(tx, request)
            if first is None:
                raise
        return _json(first, CREATED)
    return _json(await group.submit(prepared), CREATED)


@routes.post(
    "/v1/applications/{tracking_number}/corrections",
    answer=ApplicationSummary,
    problems=("application_unknown", "application_closed", "correction_not_asked", "form_invalid"),
    example=examples.CORRECTION,
)
async def correct_application(  # noqa: PLR0913
    tracking_number: TrackingNumber,
    citizen: Citizen,
    request: IdempotentRequest | None,
    body: CorrectApplication,
    database: Database,
    services: PublicServiceCache,
    receipts: Receipts,
    clock: Clock,
) -> Response:
    """Answer a ministry's request for correction.

    With an Idempotency-Key a repeat gets the first response.
    """
    citizen_id, at = citizen.citizen_id, clock.now()
    if request:
        request = use_cases.fingerprinted_without_receipts(request, body, tracking_number)
    papers = await receipts.read(body.documents)
    async with database.transaction() as tx:
        response = await use_cases.correct(
            tx, services, citizen_id, tracking_number, body, papers, at=at, request=request
        )
    return _json(response, OK)


@routes.get("/v1/applications/{tracking_number}/form", problems=("application_unknown",))
async def read_form(
    tracking_number: TrackingNumber, query: FormQuery, citizen: Citizen, tx: Transaction
) -> SubmittedForm:
    """Read the answers that I submitted last, to look at or to correct; all, if they are wanted."""
    return await use_cases.read_form(
        tx, citizen.citizen_id, tracking_number, with_earlier=query.earlier
    )


@routes.post(
    "/v1/services/{public_service_id}/checks",
    problems=("public_service_unknown",),
    example={"form": examples.SUBMISSION["form"], "fields": ["name_bn", "birth_date"]},
)
async def check_answers(
    public_service_id: PublicServiceId,
    body: CheckAnswers,
    services: PublicServiceCache,
    language: Language,
    clock: Clock,
) -> AnswerErrors:
    """Check answers before the application is sent; nothing is stored.

    The errors are those that sending the answers would get.
    """
    found = use_cases.find_errors(services, public_service_id, body, at=clock.now())
    return AnswerErrors(errors=[field_error_in(error, language) for error in found])


def _json(response: bytes, status: int) -> Response:
    return Response(response, status, media_type="application/json")
