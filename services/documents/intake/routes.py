"""Papers are made of the files of a form, or of complete uploads."""

from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.clock import Clock
from libs.contracts.applications import TrackingNumber
from libs.contracts.documents import (
    AssistedDocument,
    DocumentReceipt,
    MakeDocument,
)
from libs.errors import Refused
from libs.web.callers.dpop import PROOF_HEADER, read_mandate_proof
from libs.web.callers.tokens import Citizen, Mandated, Staff
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from services.documents.intake import use_cases
from services.documents.intake.form import FORM, read_form
from services.documents.intake.pipeline import Intake
from services.documents.locker.content import Contents
from services.documents.locker.routes import DOWNLOAD_LIMITS, THUMBNAIL
from services.documents.locker.rules import Helper
from services.documents.settings import Settings
from services.documents.uploads.receiving import Receiving
from services.documents.uploads.routes import UPLOAD_LIMITS

FILE_PROBLEMS: Final = (
    "document_missing",
    "document_empty",
    "document_type_unknown",
    "document_unreadable",
    "document_encrypted",
    "document_too_many_pages",
    "document_too_many_pixels",
    "document_too_large",
    "document_too_demanding",
    "document_infected",
    "files_refused_too_often",
)
"""Why files cannot become a paper."""
_PROBLEMS: Final = (*FILE_PROBLEMS, "locker_full")
_ASSISTED: Final = (
    *_PROBLEMS,
    "upload_media_type",
    "wrong_shape",
    "document_not_asked",
    "mandate_ended",
    "uddokta_stopped",
    "service_centre_not_running",
)
_THUMBNAIL_PROBLEMS: Final = (
    "document_unknown",
    "document_damaged",
    "mandate_ended",
    "uddokta_stopped",
    "service_centre_not_running",
)
_MAKE_LIMITS: Final = RouteLimits(deadline_s=120, streamed=True)

routes = Routes()


@routes.post(
    "/v1/documents",
    status=201,
    limits=UPLOAD_LIMITS,
    problems=(*_PROBLEMS, "upload_media_type", "wrong_shape"),
    openapi=FORM,
)
async def upload_document(request: Request, citizen: Citizen, intake: Intake) -> DocumentReceipt:
    """Upload a paper by a form; several photos or PDFs become one PDF.

    The same files given again as the same kind are the same paper. A control without a file, which
    a browser sends without a name, counts as none.

    Raises:
        Refused: it is no form with files, or they cannot become a paper.
    """
    async with read_form(request) as paper:
        return await use_cases.make_of_form(intake, citizen.citizen_id, paper)


@routes.post(
    "/v1/mandates/{mandate_id}/documents",
    status=201,
    limits=UPLOAD_LIMITS,
    reads=(PROOF_HEADER,),
    problems=(
        *_ASSISTED,
        "proof_invalid",
        "device_clock_wrong",
        "mandate_for_another",
        "mandate_used",
    ),
    openapi=FORM,
)
async def upload_with_mandate(
    mandate_id: UUID,
    request: Request,
    mandated: Mandated,
    intake: Intake,
    settings: Settings,
    clock: Clock,
) -> AssistedDocument:
    """Upload a paper of the citizen for the application of a mandate (uddokta, with its token).

    It is the citizen's. The request goes with `Authorization: DPoP …` and a proof of the device to
    which the token is bound (RFC 9449). The receipt goes with the application of this mandate only.

    Raises:
        Refused: the proof is not right, the token is for something else (a correction, too, which
            is kept with its papers before), the mandate is used or over, the public service asks
            for no such paper, or the files cannot become one.
    """
    now_s = clock.now().timestamp()
    evidence, proof = read_mandate_proof(request, mandated, mandate_id, settings.origins, now_s)
    if mandated.correction is not None:
        raise Refused("mandate_for_another")
    helper = Helper(
        mandate_id, evidence.uddokta_id, evidence.service_centre_id, mandated.public_service_id
    )
    await use_cases.begin_with_mandate(intake, proof, helper)
    async with read_form(request) as paper:
        return await use_cases.make_with_helper(
            intake, mandated.citizen_id, helper, paper, follows_up=False
        )


@routes.get(
    "/v1/mandates/{mandate_id}/documents/{document_id}/thumbnail",
    limits=DOWNLOAD_LIMITS,
    reads=(PROOF_HEADER,),
    problems=(
        *_THUMBNAIL_PROBLEMS,
        "proof_invalid",
        "device_clock_wrong",
        "mandate_for_another",
        "mandate_used",
    ),
    openapi=THUMBNAIL,
)
async def show_thumbnail_with_mandate(  # noqa: PLR0913
    mandate_id: UUID,
    document_id: UUID,
    request: Request,
    mandated: Mandated,
    intake: Intake,
    contents: Contents,
    settings: Settings,
    clock: Clock,
) -> Response:
    """Show a small picture of a paper that was uploaded with a mandate (uddokta, with its token).

    Until the application is sent, and nothing else of the citizen's papers. The request goes with
    the token and a proof, as the upload.

    Raises:
        Refused: the proof is not right, the token is for something else, the mandate is used or
            over, or the paper was not uploaded with it.
    """
    now_s = clock.now().timestamp()
    evidence, proof = read_mandate_proof(request, mandated, mandate_id, settings.origins, now_s)
    if mandated.correction is not None:
        raise Refused("mandate_for_another")
    helper = Helper(
        mandate_id, evidence.uddokta_id, evidence.service_centre_id, mandated.public_service_id
    )
    await use_cases.begin_with_mandate(intake, proof, helper)
    document = await use_cases.find_given(intake, mandated.citizen_id, helper, document_id)
    return await contents.thumbnail(document)


@routes.get(
    "/v1/assisted-applications/{tracking_number}/documents/{document_id}/thumbnail",
    limits=DOWNLOAD_LIMITS,
    roles=("uddokta",),
    problems=(*_THUMBNAIL_PROBLEMS, "application_unknown"),
    openapi=THUMBNAIL,
)
async def show_thumbnail_for_correction(
    tracking_number: TrackingNumber,
    document_id: UUID,
    staff: Staff,
    intake: Intake,
    contents: Contents,
) -> Response:
    """Show a small picture of a paper that I uploaded for an application that I follow up."""
    citizen_id, helper, _ = await use_cases.begin_correction(
        intake, staff.staff_id, tracking_number
    )
    document = await use_cases.find_given(intake, citizen_id, helper, document_id)
    return await contents.thumbnail(document)


@routes.post(
    "/v1/assisted-applications/{tracking_number}/documents",
    status=201,
    limits=UPLOAD_LIMITS,
    roles=("uddokta",),
    problems=(*_ASSISTED, "application_unknown"),
    openapi=FORM,
)
async def upload_for_correction(
    tracking_number: TrackingNumber,
    request: Request,
    staff: Staff,
    intake: Intake,
) -> AssistedDocument:
    """Upload a paper of the citizen for the correction of an application (uddokta).

    Of an application that I have sent, until it is decided, or the citizen ends it. Of a refused
    one for an objection (`appeal_paper`), until the last day.
    """
    citizen_id, helper, may_appeal = await use_cases.begin_correction(
        intake, staff.staff_id, tracking_number
    )
    async with read_form(request) as paper:
        return await use_cases.make_with_helper(
            intake, citizen_id, helper, paper, follows_up=True, may_appeal=may_appeal
        )


@routes.post(
    "/v1/documents-from-uploads",
    status=201,
    limits=_MAKE_LIMITS,
    problems=(
        *_PROBLEMS,
        "document_unknown",
        "upload_unknown",
        "upload_incomplete",
        "upload_used",
    ),
    example={"kind": "epi_card", "upload_ids": ["0190aaaa-0000-7000-8000-000000000001"]},
)
async def make_document(
    body: MakeDocument,
    citizen: Citizen,
    intake: Intake,
    receiving: Receiving,
) -> DocumentReceipt:
    """Make a paper of complete uploads; several become one PDF. A repeat gets the same paper.

    A repeat names the same uploads in the same order, and the same kind.

    Raises:
        Refused: an upload is unknown, not complete, or used for another paper, the paper of a
            repeat is deleted, or the files cannot become a paper.
    """
    return await use_cases.make_of_uploads(intake, receiving, citizen.citizen_id, body)
