"""HTTP routes of assisted submissions: send one with a mandate, and follow it up."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.clock import Clock
from libs.contracts.applications import (
    ApplicationSummary,
    AssistedList,
    SubmitApplication,
    SubmittedForm,
    TrackingNumber,
)
from libs.contracts.lists import ListQuery
from libs.contracts.mandates import (
    ApplyAssisted,
    AssistedNews,
    AssistedNewsList,
    AssistedTrackingCode,
    LeftNews,
    MandateEvidence,
)
from libs.database.group import GroupCommit
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unreadable
from libs.grievances import GRIEVANCE
from libs.web.callers.dpop import PROOF_HEADER, read_mandate_proof
from libs.web.callers.tokens import Mandated, Staff
from libs.web.callers.used_proofs import ProofGroup
from libs.web.handling import idempotency
from libs.web.handling.idempotency import IdempotencyKey, IdempotentRequest
from libs.web.handling.routes import Routes
from services.applications.forms import applicant
from services.applications.mandate_uses import use_cases
from services.applications.public_services.cache import PublicServiceCache
from services.applications.receipts import Receipts
from services.applications.settings import Settings
from services.applications.submissions import examples
from services.applications.submissions import use_cases as submissions
from services.applications.submissions.use_cases import CREATED, PreparedSubmission

routes = Routes()


class NewsQuery(ListQuery):
    """Which part of the news, told or to be told."""

    told: bool = False


@routes.post(
    "/v1/mandates/{mandate_id}/application",
    status=CREATED,
    reads=(PROOF_HEADER,),
    answer=ApplicationSummary,
    problems=(
        "proof_invalid",
        "device_clock_wrong",
        "mandate_for_another",
        "mandate_used",
        "mandate_ended",
        "uddokta_stopped",
        "licence_expired",
        "service_centre_not_running",
        "public_service_unknown",
        "public_service_closed",
        "form_invalid",
    ),
    example=examples.CORRECTION,
)
async def submit_with_mandate(  # noqa: PLR0913
    mandate_id: UUID,
    request: Request,
    key: IdempotencyKey,
    mandated: Mandated,
    body: ApplyAssisted,
    services: PublicServiceCache,
    receipts: Receipts,
    proofs: ProofGroup,
    group: GroupCommit[PreparedSubmission, bytes],
    database: Database,
    settings: Settings,
    clock: Clock,
) -> Response:
    """Send the application of a mandate, once (uddokta, with the token of the mandate).

    The request goes with `Authorization: DPoP …` and a proof of the device to which the token is
    bound (RFC 9449). A repeat with the same Idempotency-Key gets the first response.

    Raises:
        Refused: the proof is not right, the token is for something else, the mandate was used or
            is over, or the public service is not accepted.
        Unreadable: an answer of the form is wrong, it is a grievance about a helper who may be of
            this centre, or the form has another NID or birth registration number than the consent,
            or another day than its fee was computed for.
    """
    at = clock.now()
    evidence, proof = read_mandate_proof(
        request, mandated, mandate_id, settings.origins, at.timestamp()
    )
    if mandated.correction is not None:
        raise Refused("mandate_for_another")
    await proofs.submit(proof)
    form = body.form
    if mandated.public_service_id == GRIEVANCE:
        schema = services.find(GRIEVANCE).form.schema
        form = await _checked_grievance(database, schema, form, mandated, evidence)
    content = body.model_dump_json(exclude={"documents"}).encode()
    repeatable = IdempotentRequest(
        mandated.citizen_id,
        key,
        idempotency.fingerprint_of(request.method, request.scope["path"], content),
    )
    papers = await receipts.read(body.documents)
    command = SubmitApplication(public_service_id=mandated.public_service_id, form=form)
    try:
        prepared = submissions.prepare(
            repeatable, command, services, papers, at=at, mandate=evidence
        )
        schema = services.find(command.public_service_id).form.schema
        form = prepared.new.submission.form
        applicant.check_number(schema, form, mandate_id, mandated.number_mark)
        applicant.check_fee_day(schema, form, mandate_id, mandated.fee_day_mark)
    except (Refused, Unreadable):
        async with database.transaction() as tx:
            first = await submissions.stored_response(tx, repeatable)
            if first is None:
                raise
        return _json(first)
    return _json(await group.submit(prepared))


async def _checked_grievance(
    database: Database,
    schema: Mapping[str, Any],
    form: dict[str, Any],
    mandated: Mandated,
    evidence: MandateEvidence,
) -> dict[str, Any]:
    async with database.transaction() as tx:
        await use_cases.check_grievance(tx, schema, form, evidence.service_centre_id)
        return await submissions.with_office_complained_of(tx, form, mandated.citizen_id)


@routes.get("/v1/assisted-applications", roles=("uddokta",))
async def list_assisted(
    query: ListQuery, staff: Staff, tx: Transaction, services: PublicServiceCache, clock: Clock
) -> AssistedList:
    """List the applications that I may follow up until they are decided (uddokta).

    One that was refused is among them until the last day for an objection.
    """
    return await use_cases.list_followed_up(tx, staff.staff_id, query, services, clock.now())


@routes.get(
    "/v1/assisted-news",
    roles=("uddokta",),
    problems=(
        "uddokta_stopped",
        "licence_expired",
    ),
)
async def list_assisted_news(
    query: NewsQuery, staff: Staff, tx: Transaction, services: PublicServiceCache
) -> AssistedNewsList:
    """List the ministries' news that I tell citizens without a phone (uddokta).

    I tell them, and say that I have; until then it stands in this list.
    """
    return await use_cases.list_news(tx, staff.staff_id, query, services, told=query.told)


@routes.get(
    "/v1/left-news",
    roles=("uddokta",),
    problems=(
        "uddokta_stopped",
        "licence_expired",
    ),
)
async def count_left_news(staff: Staff, tx: Transaction) -> LeftNews:
    """Of how many applications nobody at my centre tells the citizen the news (uddokta).

    Whoever sent them was stopped, or works elsewhere now.
    """
    return LeftNews(applications=await use_cases.count_left(tx, staff.staff_id))


@routes.post(
    "/v1/left-news/takeover",
    roles=("uddokta",),
    problems=(
        "uddokta_stopped",
        "licence_expired",
    ),
)
async def take_left_news_over(staff: Staff, tx: Transaction) -> LeftNews:
    """Take the news over that nobody at my centre tells; it is recorded (uddokta).

    They stand in my list then. I tell them, and correct nothing: the consent was to another one.
    """
    taken = await use_cases.take_over(tx, staff.staff_id, by=staff.actor)
    return LeftNews(applications=taken)


@routes.post(
    "/v1/assisted-news/{news_id}/telling",
    roles=("uddokta",),
    problems=(
        "uddokta_stopped",
        "licence_expired",
    ),
)
async def tell_assisted_news(
    news_id: UUID, staff: Staff, tx: Transaction, services: PublicServiceCache, clock: Clock
) -> AssistedNews:
    """Record that I told the citizen the news; a repeat changes nothing (uddokta)."""
    return await use_cases.tell(tx, staff.staff_id, news_id, services, clock.now())


@routes.get(
    "/v1/assisted-applications/{tracking_number}/tracking-code",
    headers={"cache-control": "no-store"},
    roles=("uddokta",),
    problems=("application_unknown", "uddokta_stopped", "licence_expired"),
)
async def read_assisted_tracking_code(
    tracking_number: TrackingNumber, staff: Staff, tx: Transaction
) -> AssistedTrackingCode:
    """Read the code with which a citizen without a phone tracks my submission (uddokta)."""
    return await use_cases.read_tracking_code(tx, staff.staff_id, tracking_number)


@routes.get(
    "/v1/assisted-applications/{tracking_number}/form",
    roles=("uddokta",),
    problems=("application_unknown", "uddokta_stopped", "licence_expired"),
)
async def read_assisted_form(
    tracking_number: TrackingNumber, staff: Staff, tx: Transaction
) -> SubmittedForm:
    """Read the answers that were submitted last, to correct them (uddokta)."""
    citizen_id, _ = await use_cases.find_followed_up(tx, staff.staff_id, tracking_number)
    return await submissions.read_form(tx, citizen_id, tracking_number)


def _json(response: bytes) -> Response:
    return Response(response, CREATED, media_type="application/json")
