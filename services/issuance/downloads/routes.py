"""A citizen's papers about an application."""

from collections.abc import AsyncIterator
from typing import Final

from starlette.responses import Response, StreamingResponse

from libs.clock import Clock
from libs.contracts.applications import TrackingNumber
from libs.contracts.issuance import IssuedPapers, PaperNumber
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Citizen
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from services.issuance.downloads import use_cases
from services.issuance.drawing.drawer import Drawer
from services.issuance.keys.signer import PaperSigner
from services.issuance.papers import use_cases as papers
from services.issuance.papers.rules import Paper
from services.issuance.prints import use_cases as printing
from services.issuance.settings import Settings

LIMITS: Final = RouteLimits(deadline_s=30, streamed=True)
PDF: Final = {
    "responses": {
        "200": {
            "description": "The paper, to be saved",
            "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}

_PIECE_BYTES: Final = 64 * 1024

routes = Routes()


@routes.get("/v1/applications/{tracking_number}/papers")
async def list_issued_papers(
    tracking_number: TrackingNumber, citizen: Citizen, tx: Transaction, clock: Clock
) -> IssuedPapers:
    """My papers about one application, the newest first."""
    return await printing.list_papers(tx, citizen.citizen_id, tracking_number, clock.now())


@routes.get("/v1/issued-papers")
async def list_all_issued_papers(citizen: Citizen, tx: Transaction, clock: Clock) -> IssuedPapers:
    """My papers about all of my applications, the newest first, with whether they hold now."""
    return await printing.list_all_papers(tx, citizen.citizen_id, clock.now())


@routes.get(
    "/v1/applications/{tracking_number}/papers/{number}/content",
    limits=LIMITS,
    problems=(
        "paper_unknown",
        "paper_number_wrong",
        "paper_erased",
        "paper_withdrawn",
        "paper_replaced",
        "paper_not_drawn",
        "paper_file_gone",
    ),
    openapi=PDF,
)
async def download_issued_paper(  # noqa: PLR0913
    tracking_number: TrackingNumber,
    number: PaperNumber,
    citizen: Citizen,
    database: Database,
    signer: PaperSigner,
    drawer: Drawer,
    settings: Settings,
) -> Response:
    """Download one of my papers as PDF/A-3b; it is drawn now.

    One that is withdrawn or replaced is refused, also where that happens while it is drawn.
    """
    async with database.transaction() as tx:
        paper = await use_cases.find_own(tx, citizen.citizen_id, tracking_number, number)
    content = await use_cases.draw(paper, signer, drawer, settings.portal_origin)
    async with database.transaction() as tx:
        (await papers.find(tx, paper.number)).check_holds()
    return pdf_of(paper, content)


def pdf_of(paper: Paper, content: bytes) -> Response:
    """Return a paper, to be saved under its number.

    It is sent in pieces: the server would copy the rest of one that is sent as a whole, for as long
    as a slow line takes.
    """
    headers = {
        "content-disposition": f'attachment; filename="{paper.number}.pdf"',
        "content-length": str(len(content)),
    }
    return StreamingResponse(_pieces(content), media_type="application/pdf", headers=headers)


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), _PIECE_BYTES):
        yield content[start : start + _PIECE_BYTES]
