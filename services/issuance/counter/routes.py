"""Papers about decisions at the counter of a service centre."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.clock import Clock
from libs.contracts.applications import TrackingNumber
from libs.contracts.issuance import IssuedPapers, PaperNumber
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.web.callers.dpop import PROOF_HEADER, read_printing_proof
from libs.web.callers.tokens import Mandated
from libs.web.callers.used_proofs import use_proof
from libs.web.handling.routes import Routes
from services.issuance.downloads import use_cases as downloads
from services.issuance.downloads.routes import LIMITS, PDF, pdf_of
from services.issuance.drawing.drawer import Drawer
from services.issuance.keys.signer import PaperSigner
from services.issuance.prints import use_cases
from services.issuance.prints.rules import Print
from services.issuance.settings import Settings

routes = Routes()
_PROOF: Final = ("proof_invalid", "device_clock_wrong", "mandate_for_another")


@routes.get(
    "/v1/assisted-applications/{tracking_number}/papers", reads=(PROOF_HEADER,), problems=_PROOF
)
async def list_papers_to_print(
    tracking_number: TrackingNumber,
    request: Request,
    mandated: Mandated,
    tx: Transaction,
    settings: Settings,
    clock: Clock,
) -> IssuedPapers:
    """The papers about what I sent for a citizen (uddokta, with the token for printing)."""
    at = clock.now()
    _, _, proof = read_printing_proof(
        request, mandated, tracking_number, settings.origins, at.timestamp()
    )
    await use_proof(tx, proof, at)
    return await use_cases.list_papers(tx, mandated.citizen_id, tracking_number, at)


@routes.post(
    "/v1/assisted-applications/{tracking_number}/papers/{number}/prints",
    reads=(PROOF_HEADER,),
    limits=LIMITS,
    problems=(
        *_PROOF,
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
async def print_paper(  # noqa: PLR0913
    tracking_number: TrackingNumber,
    number: PaperNumber,
    request: Request,
    mandated: Mandated,
    database: Database,
    signer: PaperSigner,
    drawer: Drawer,
    settings: Settings,
    clock: Clock,
) -> Response:
    """Draw a paper as PDF/A-3b to print it for the citizen (uddokta, with the token for printing).

    The citizen sees at which centre and when. A paper that is withdrawn or replaced is refused,
    also where that happens while it is drawn.
    """
    at = clock.now()
    evidence, printing, proof = read_printing_proof(
        request, mandated, tracking_number, settings.origins, at.timestamp()
    )
    async with database.transaction() as tx:
        await use_proof(tx, proof, at)
        paper = await downloads.find_own(tx, mandated.citizen_id, tracking_number, number)
    content = await downloads.draw(paper, signer, drawer, settings.portal_origin)
    made = Print(
        print_id=new_id(),
        paper_id=paper.paper_id,
        mandate_id=evidence.mandate_id,
        uddokta_id=evidence.uddokta_id,
        service_centre_id=evidence.service_centre_id,
        service_centre_name=printing.service_centre_name,
        printed_at=clock.now(),
    )
    async with database.transaction() as tx:
        await use_cases.record(tx, paper, made)
    return pdf_of(paper, content)
