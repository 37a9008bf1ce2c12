"""Resumable uploads after the tus protocol 1.0: https://tus.io/protocols/resumable-upload."""

from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.clock import Clock
from libs.contracts.papers import LARGEST_BYTES
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.ids import new_id
from libs.web.callers.tokens import Citizen
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from libs.web.header import Header
from services.documents.settings import Settings
from services.documents.storage.cipher import new_key
from services.documents.uploads import rules, use_cases
from services.documents.uploads.receiving import Receiving
from services.documents.uploads.rules import (
    LONGEST_METADATA,
    METADATA,
    TUS_EXTENSIONS,
    TUS_VERSION,
    Upload,
)

UPLOAD_LIMITS: Final = RouteLimits(
    body_bytes=LARGEST_BYTES, deadline_s=900, streamed=True, too_large="document_too_large"
)
"""Of a request with a file. At 200 kbit/s, 20 MB take 14 minutes."""

_VERSION = ("upload_version", "upload_header_wrong")
_SIZE: Final = {"type": "integer", "minimum": 0, "maximum": LARGEST_BYTES}
_TUS: Final = Header(
    "Tus-Resumable", "Its version", {"type": "string", "enum": [TUS_VERSION]}, required=True
)
_LENGTH: Final = Header("Upload-Length", "Bytes of the whole file", _SIZE, required=True)
_OFFSET: Final = Header("Upload-Offset", "Bytes that have arrived before", _SIZE, required=True)
_METADATA: Final = Header(
    "Upload-Metadata",
    "`filename`, a blank, and the name in Base64",
    {"type": "string", "maxLength": LONGEST_METADATA, "pattern": METADATA},
)

routes = Routes()


@routes.options(
    "/v1/uploads",
    headers={
        "tus-version": TUS_VERSION,
        "tus-extension": TUS_EXTENSIONS,
        "tus-max-size": str(LARGEST_BYTES),
    },
)
async def describe_uploads() -> None:
    """Tell which parts of tus are served."""


@routes.post(
    "/v1/uploads",
    status=201,
    reads=(_TUS, _LENGTH, _METADATA),
    problems=(*_VERSION, "document_too_large", "locker_full"),
)
async def begin_upload(
    request: Request,
    citizen: Citizen,
    tx: Transaction,
    settings: Settings,
    clock: Clock,
) -> Response:
    """Begin an upload; send its content to the address in `Location`.

    `Upload-Metadata` may have the `filename`.
    """
    rules.check_version(request.headers)
    upload = Upload(
        upload_id=new_id(),
        citizen_id=citizen.citizen_id,
        name=rules.name_in(request.headers),
        size_bytes=rules.length_of(request.headers),
        received_bytes=0,
        content_key=new_key(),
        expires_at=clock.now() + timedelta(hours=settings.upload_kept_h),
    )
    await use_cases.begin_upload(tx, upload, most=settings.uploads_per_citizen)
    location = {"location": f"/v1/uploads/{upload.upload_id}"}
    return Response(status_code=201, headers={**upload.headers(), **location})


@routes.head("/v1/uploads/{upload_id}", reads=(_TUS,), problems=(*_VERSION, "upload_unknown"))
async def inspect_upload(
    upload_id: UUID, request: Request, citizen: Citizen, tx: Transaction, clock: Clock
) -> Response:
    """Ask how much of an upload has arrived."""
    rules.check_version(request.headers)
    upload = await use_cases.find_upload(tx, citizen.citizen_id, upload_id, clock.now())
    length = {"upload-length": str(upload.size_bytes)}
    return Response(status_code=200, headers={**upload.headers(), **length})


@routes.patch(
    "/v1/uploads/{upload_id}",
    status=204,
    limits=UPLOAD_LIMITS,
    reads=(_TUS, _OFFSET),
    problems=(
        *_VERSION,
        "upload_unknown",
        "upload_offset_wrong",
        "upload_media_type",
        "upload_bytes_used",
    ),
    openapi={
        "requestBody": {
            "required": True,
            "content": {
                "application/offset+octet-stream": {
                    "schema": {"type": "string", "format": "binary"},
                    "examples": {"example": {"value": "the next bytes of the file"}},
                }
            },
        }
    },
)
async def continue_upload(
    upload_id: UUID, request: Request, citizen: Citizen, receiving: Receiving
) -> Response:
    """Send the next part of an upload; bytes that arrived before the connection broke are kept."""
    rules.check_version(request.headers)
    offset = rules.offset_of(request.headers)
    upload = await receiving.receive(citizen.citizen_id, upload_id, offset, request.stream())
    return Response(status_code=204, headers=upload.headers())


@routes.delete("/v1/uploads/{upload_id}", reads=(_TUS,), problems=(*_VERSION, "upload_unknown"))
async def delete_upload(
    upload_id: UUID, request: Request, citizen: Citizen, database: Database, receiving: Receiving
) -> None:
    """Give an upload up; its bytes are deleted at once."""
    rules.check_version(request.headers)
    async with database.transaction() as tx:
        pieces = await use_cases.delete_upload(tx, citizen.citizen_id, upload_id)
    with suppress(Unavailable):  # without its row it is swept
        await receiving.delete(upload_id, pieces)
