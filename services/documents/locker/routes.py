"""The locker: papers that a citizen gave once are offered again."""

from typing import Final
from uuid import UUID

from starlette.responses import Response

from libs.clock import Clock
from libs.contracts.documents import DocumentDeletion, DocumentList
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.callers.tokens import Citizen
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from services.documents.locker import use_cases
from services.documents.locker.content import Contents
from services.documents.settings import Settings

DOWNLOAD_LIMITS: Final = RouteLimits(deadline_s=900, streamed=True)
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
THUMBNAIL: Final = {
    "responses": {"200": {"description": "A small picture", "content": {"image/jpeg": _BINARY}}}
}
PAPER: Final = {
    "responses": {
        "200": {
            "description": "The paper, to be saved",
            "content": {"application/pdf": _BINARY, "image/jpeg": _BINARY},
        }
    }
}
"""The answer of a download, for the API document."""

routes = Routes()


@routes.get("/v1/documents")
async def list_documents(citizen: Citizen, tx: Transaction) -> DocumentList:
    """My papers, the newest first, with who has looked at them beside me."""
    return await use_cases.list_documents(tx, citizen.citizen_id)


@routes.get(
    "/v1/documents/{document_id}/content",
    limits=DOWNLOAD_LIMITS,
    problems=("document_unknown", "document_infected", "document_damaged"),
    openapi=PAPER,
)
async def download_document(
    document_id: UUID, citizen: Citizen, database: Database, contents: Contents
) -> Response:
    """Download one of my papers.

    Raises:
        Refused: there is no such paper, or a virus was found in it.
    """
    async with database.transaction() as tx:
        document = await use_cases.find_own(tx, citizen.citizen_id, document_id)
    if document.state == "infected":
        raise Refused("document_infected")
    return await contents.download(document)


@routes.get(
    "/v1/documents/{document_id}/thumbnail",
    limits=DOWNLOAD_LIMITS,
    problems=("document_unknown", "document_damaged"),
    openapi=THUMBNAIL,
)
async def show_thumbnail(
    document_id: UUID, citizen: Citizen, database: Database, contents: Contents
) -> Response:
    """Show a small picture of the first page of one of my papers."""
    async with database.transaction() as tx:
        document = await use_cases.find_own(tx, citizen.citizen_id, document_id)
    return await contents.thumbnail(document)


@routes.delete("/v1/documents/{document_id}", problems=("document_unknown",))
async def delete_document(
    document_id: UUID, citizen: Citizen, tx: Transaction, settings: Settings, clock: Clock
) -> DocumentDeletion:
    """Delete one of my papers; a paper of an open application is kept until that ends."""
    return await use_cases.delete(
        tx,
        citizen.citizen_id,
        document_id,
        at=clock.now(),
        receipt_valid_h=settings.receipt_valid_h,
    )
