"""HTTP routes of corrections and objections by uddoktas."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.clock import Clock
from libs.contracts.applications import AppealApplication, ApplicationSummary, TrackingNumber
from libs.contracts.mandates import ApplyAssisted, ProposedCorrection
from libs.database.pool import Database
from libs.errors import Refused
from libs.web.callers.dpop import PROOF_HEADER, read_mandate_proof
from libs.web.callers.tokens import Mandated, Staff
from libs.web.callers.used_proofs import ProofGroup
from libs.web.handling import idempotency
from libs.web.handling.idempotency import IdempotencyKey, IdempotentRequest
from libs.web.handling.routes import Routes
from services.applications.corrections import use_cases
from services.applications.public_services.cache import PublicServiceCache
from services.applications.receipts import Receipts
from services.applications.settings import Settings
from services.applications.submissions import examples
from services.applications.submissions import use_cases as submissions

routes = Routes()
_APPEALS = ("appeal_not_possible", "appeal_made", "appeal_too_late")
_PROBLEMS = (
    "application_unknown",
    "application_closed",
    "correction_not_asked",
    "form_invalid",
    "uddokta_stopped",
    "licence_expired",
)


@routes.post(
    "/v1/assisted-applications/{tracking_number}/corrections",
    answer=ApplicationSummary,
    roles=("uddokta",),
    problems=(*_PROBLEMS, "consent_needed"),
    example=examples.CORRECTION,
)
async def correct_assisted(  # noqa: PLR0913
    tracking_number: TrackingNumber,
    staff: Staff,
    body: ApplyAssisted,
    database: Database,
    services: PublicServiceCache,
    receipts: Receipts,
    clock: Clock,
) -> Response:
    """Answer a ministry's request for correction, for the citizen (uddokta).

    Where it changes name, number or birth date of the applicant, the citizen has to agree:
    `consent_needed`.
    """
    papers = await receipts.read(body.documents)
    async with database.transaction() as tx:
        response = await use_cases.correct(
            tx, services, staff.staff_id, tracking_number, body.form, papers, clock.now()
        )
    return _json(response)


@routes.post(
    "/v1/assisted-applications/{tracking_number}/proposed-corrections",
    status=201,
    roles=("uddokta",),
    problems=(*_PROBLEMS, "consent_not_needed"),
    example=examples.CORRECTION,
)
async def propose_correction(  # noqa: PLR0913
    tracking_number: TrackingNumber,
    staff: Staff,
    body: ApplyAssisted,
    database: Database,
    services: PublicServiceCache,
    receipts: Receipts,
    clock: Clock,
) -> ProposedCorrection:
    """Keep a correction until the citizen agrees: POST /v1/mandates/{mandate_id}/corrections.

    It replaces the one that waited before, and is kept for a day (uddokta).
    """
    papers = await receipts.read(body.documents)
    async with database.transaction() as tx:
        return await use_cases.propose(
            tx, services, staff.staff_id, tracking_number, body.form, papers, clock.now()
        )


@routes.post(
    "/v1/assisted-applications/{tracking_number}/proposed-appeals",
    status=201,
    roles=("uddokta",),
    problems=(
        "application_unknown",
        *_APPEALS,
        "form_invalid",
        "uddokta_stopped",
        "licence_expired",
    ),
    example={"grounds": "যে কাগজটি নেই বলা হয়েছে, তা আবেদনের সঙ্গে দেওয়া ছিল।"},
)
async def propose_appeal(
    tracking_number: TrackingNumber,
    staff: Staff,
    body: AppealApplication,
    database: Database,
    receipts: Receipts,
    clock: Clock,
) -> ProposedCorrection:
    """Keep an objection to a refusal until the citizen agrees, as a proposed correction (uddokta).

    She is asked by `POST /v1/mandates/{mandate_id}/corrections` without changes, and it is sent by
    `POST /v1/mandates/{mandate_id}/correction`: once, until the day in `appeal_until`.
    """
    papers = await receipts.read(body.documents)
    async with database.transaction() as tx:
        return await use_cases.propose_appeal(
            tx, staff.staff_id, tracking_number, body, papers, clock.now()
        )


@routes.post(
    "/v1/mandates/{mandate_id}/correction",
    reads=(PROOF_HEADER,),
    answer=ApplicationSummary,
    problems=(
        *_PROBLEMS,
        "proof_invalid",
        "device_clock_wrong",
        "mandate_for_another",
        "mandate_used",
        "mandate_ended",
        "consent_needed",
        "correction_changed",
        *_APPEALS,
    ),
)
async def send_correction(  # noqa: PLR0913
    mandate_id: UUID,
    request: Request,
    key: IdempotencyKey,
    mandated: Mandated,
    proofs: ProofGroup,
    database: Database,
    services: PublicServiceCache,
    settings: Settings,
    clock: Clock,
) -> Response:
    """Send the correction or objection to which the citizen has agreed (uddokta, with its token).

    The request goes with `Authorization: DPoP …` and a proof of the device, as an application. A
    repeat with the same Idempotency-Key gets the first response.

    Raises:
        Refused: the proof is not right, the token is for something else, or the correction cannot
            be sent any more.
    """
    at = clock.now()
    evidence, proof = read_mandate_proof(
        request, mandated, mandate_id, settings.origins, at.timestamp()
    )
    if mandated.correction is None:
        raise Refused("mandate_for_another")
    await proofs.submit(proof)
    fingerprint = idempotency.fingerprint_of(request.method, request.scope["path"], b"")
    repeatable = IdempotentRequest(mandated.citizen_id, key, fingerprint)
    async with database.transaction() as tx:
        response = await submissions.stored_response(tx, repeatable)
        if response is None:
            response = await use_cases.send_agreed(
                tx, services, evidence, mandated.correction, mandated.number_mark, at
            )
            await submissions.store_response(tx, repeatable, response)
    return _json(response)


def _json(response: bytes) -> Response:
    return Response(response, submissions.OK, media_type="application/json")
