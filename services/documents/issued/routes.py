"""A paper that was issued here is given without a file."""

from typing import Final
from uuid import UUID

from starlette.requests import Request

from libs.contracts.documents import DocumentReceipt, GiveIssuedPaper
from libs.web.callers.tokens import Citizen
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from services.documents.intake.pipeline import Intake
from services.documents.issued import use_cases
from services.documents.issued.client import Issuance

_LIMITS: Final = RouteLimits(deadline_s=120, streamed=True)

routes = Routes()


@routes.get(
    "/v1/documents/{document_id}",
    problems=(
        "document_unknown",
        "document_damaged",
        "paper_withdrawn",
        "paper_replaced",
        "paper_expired",
    ),
)
async def read_document(
    document_id: UUID, citizen: Citizen, intake: Intake, issuance: Issuance
) -> DocumentReceipt:
    """One of my papers, with a new receipt for an application; an issued one holds now."""
    return await use_cases.read_with_receipt(intake, issuance, citizen.citizen_id, document_id)


@routes.post(
    "/v1/documents-from-papers",
    status=201,
    limits=_LIMITS,
    problems=(
        "paper_unknown",
        "paper_number_wrong",
        "paper_erased",
        "paper_withdrawn",
        "paper_replaced",
        "paper_expired",
        "paper_not_drawn",
        "paper_file_gone",
        "locker_full",
    ),
    example={"number": "7K4M-9PXR-T3H5"},
)
async def give_issued_paper(
    body: GiveIssuedPaper, request: Request, citizen: Citizen, intake: Intake, issuance: Issuance
) -> DocumentReceipt:
    """Give a paper that was issued to me, without a file. A repeat gets the same paper.

    Its receipt has its number, and when it was valid; it is refused once it does not hold.
    """
    authorization = request.headers["authorization"]
    return await use_cases.give(intake, issuance, citizen.citizen_id, authorization, body.number)
