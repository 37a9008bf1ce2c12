"""Papers are made of the files of a form, or of complete uploads."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from libs.clock import Clock
from libs.contracts.applications import TrackingNumber
from libs.contracts.documents import (
    AssistedDocument,
    DocumentKind,
    DocumentReceipt,
    MakeDocument,
)
from libs.contracts.papers import MOST_FILES
from libs.database.pool import Database
from libs.errors import Refused, Unreadable
from libs.web.dpop import PROOF_HEADER, read_mandate_proof
from libs.web.field_errors import field_errors_of
from libs.web.limits import RouteLimits
from libs.web.routes import Routes
from libs.web.tokens import Citizen, Mandated, Staff
from libs.web.used_proofs import use_proof
from services.documents.intake.pipeline import Intake, Wanted
from services.documents.locker import use_cases as locker
from services.documents.locker.rules import Helper
from services.documents.mandates.use_cases import check_may_act, find_followed_up
from services.documents.public_services.use_cases import check_asked
from services.documents.settings import Settings
from services.documents.uploads import use_cases as uploads
from services.documents.uploads.receiving import Receiving
from services.documents.uploads.routes import UPLOAD_LIMITS
from services.documents.uploads.rules import clean_name, paper_of

_PROBLEMS: Final = (
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
    "locker_full",
)
_ASSISTED: Final = (
    *_PROBLEMS,
    "upload_media_type",
    "wrong_shape",
    "document_not_asked",
    "mandate_ended",
    "uddokta_stopped",
    "service_centre_not_running",
)
_MAKE_LIMITS: Final = RouteLimits(deadline_s=120, streamed=True)

_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "examples": {"example": {"value": {"kind": "epi_card", "file": ["photo.jpg"]}}},
                "schema": {
                    "type": "object",
                    "required": ["kind", "file"],
                    "properties": {
                        "kind": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"},
                        "valid_until": {"type": "string", "format": "date"},
                        "file": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": MOST_FILES,
                            "items": {"type": "string", "format": "binary"},
                        },
                    },
                },
            }
        },
    }
}
_READ_BYTES: Final = 256 * 1024
_MOST_FIELDS: Final = 10

routes = Routes()


class _Fields(BaseModel):
    """The fields of the form beside its files."""

    kind: DocumentKind
    valid_until: date | None = None


@routes.post(
    "/v1/documents",
    status=201,
    limits=UPLOAD_LIMITS,
    problems=(*_PROBLEMS, "upload_media_type", "wrong_shape"),
    openapi=_FORM,
)
async def upload_document(request: Request, citizen: Citizen, intake: Intake) -> DocumentReceipt:
    """Upload a paper by a form; several photos or PDFs become one PDF.

    The same files given again as the same kind are the same paper. A control without a file, which
    a browser sends without a name, counts as none.

    Raises:
        Refused: it is no form with files, or they cannot become a paper.
    """
    async with _given(request) as (fields, files):
        wanted = Wanted(
            citizen.citizen_id, fields.kind, clean_name(files[0].filename), fields.valid_until
        )
        return await intake.make(wanted, [_content(file) for file in files])


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
    openapi=_FORM,
)
async def upload_with_mandate(  # noqa: PLR0913
    mandate_id: UUID,
    request: Request,
    mandated: Mandated,
    intake: Intake,
    database: Database,
    settings: Settings,
    clock: Clock,
) -> AssistedDocument:
    """Upload a paper of the citizen for the application of a mandate (uddokta, with its token).

    It is the citizen's. The request goes with `Authorization: DPoP …` and a proof of the device to
    which the token is bound (RFC 9449). The receipt goes with the application of this mandate only.

    Raises:
        Refused: the proof is not right, the token is for something else, the mandate is used or
            over, the public service asks for no such paper, or the files cannot become one.
    """
    at = clock.now()
    evidence, proof = read_mandate_proof(
        request, mandated, mandate_id, settings.origins, at.timestamp()
    )
    helper = Helper(
        mandate_id, evidence.uddokta_id, evidence.service_centre_id, mandated.public_service_id
    )
    async with database.transaction() as tx:
        await use_proof(tx, proof, at)
    return await _assist(request, intake, database, mandated.citizen_id, helper)


@routes.post(
    "/v1/assisted-applications/{tracking_number}/documents",
    status=201,
    limits=UPLOAD_LIMITS,
    roles=("uddokta",),
    problems=(*_ASSISTED, "application_unknown"),
    openapi=_FORM,
)
async def upload_for_correction(
    tracking_number: TrackingNumber,
    request: Request,
    staff: Staff,
    intake: Intake,
    database: Database,
) -> AssistedDocument:
    """Upload a paper of the citizen for the correction of an application (uddokta).

    Of an application that I have sent, until it is decided, or the citizen ends it.
    """
    async with database.transaction() as tx:
        citizen_id, helper = await find_followed_up(tx, staff.citizen_id, tracking_number)
    return await _assist(request, intake, database, citizen_id, helper, follows_up=True)


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
    database: Database,
    clock: Clock,
) -> DocumentReceipt:
    """Make a paper of complete uploads; several become one PDF. A repeat gets the same paper.

    A repeat names the same uploads in the same order, and the same kind.

    Raises:
        Refused: an upload is unknown, not complete, or used for another paper, the paper of a
            repeat is deleted, or the files cannot become a paper.
    """
    async with database.transaction() as tx:
        found = await uploads.find_complete(tx, citizen.citizen_id, body.upload_ids, clock.now())
        made = paper_of([upload for upload, _ in found])
        if made is not None:
            document = await locker.lock_own(tx, citizen.citizen_id, made)
            if document.kind != body.kind:
                raise Refused("upload_used", pointer="/kind")
            return await locker.with_receipt(tx, document, intake.signer)
    wanted = Wanted(
        citizen.citizen_id, body.kind, found[0][0].name, body.valid_until, body.upload_ids
    )
    receipt = await intake.make(wanted, [receiving.read(*each) for each in found])
    for upload, pieces in found:
        await receiving.delete(upload, pieces)
    return receipt


async def _assist(
    request: Request,
    intake: Intake,
    database: Database,
    citizen_id: UUID,
    helper: Helper,
    *,
    follows_up: bool = False,
) -> AssistedDocument:
    """Make a paper of the citizen of the form that an uddokta sends.

    Raises:
        Refused: the uddokta was stopped, the public service asks for no such paper, or the files
            cannot become one.
    """
    async with database.transaction() as tx:
        await check_may_act(tx, helper, follows_up=follows_up)
    async with _given(request) as (fields, files):
        async with database.transaction() as tx:
            await check_asked(tx, helper.public_service_id, fields.kind)
        wanted = Wanted(
            citizen_id,
            fields.kind,
            clean_name(files[0].filename),
            fields.valid_until,
            helper=helper,
            follows_up=follows_up,
        )
        paper = await intake.make(wanted, [_content(file) for file in files])
    return AssistedDocument.model_validate(paper.model_dump())


@asynccontextmanager
async def _given(request: Request) -> AsyncIterator[tuple[_Fields, list[UploadFile]]]:
    """Read a form with files, and yield its fields and files; the files are gone afterwards.

    Raises:
        Refused: it is no form, or has no file.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Refused("upload_media_type")
    async with request.form(max_files=MOST_FILES, max_fields=_MOST_FIELDS) as form:
        fields = _fields(form)
        files = [
            each
            for each in form.getlist("file")
            if isinstance(each, UploadFile) and (each.filename or each.size)
        ]
        if not files:
            raise Refused("document_missing", pointer="/file")
        yield fields, files


def _fields(form: FormData) -> _Fields:
    """Read the fields of the form.

    Raises:
        Unreadable: one is missing or wrong.
    """
    try:
        return _Fields.model_validate(
            {name: form.get(name) or None for name in _Fields.model_fields}
        )
    except ValidationError as failure:
        raise Unreadable("wrong_shape", "form", field_errors=field_errors_of(failure)) from None


async def _content(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_READ_BYTES):
        yield piece
