"""HTTP route by which officers send the file of a paper of a case."""

from starlette.requests import Request

from libs.contracts.handed_in import PaperTaken
from libs.decision_papers.templates import OWN_DOCUMENT
from libs.errors import Refused
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from libs.web.signed.document_links import CASE_PAPERS_PATH
from libs.web.signed.hand_ins import read_right, right_key
from services.documents.case_papers import use_cases
from services.documents.intake.form import FILES_FORM, read_files
from services.documents.intake.pipeline import Intake
from services.documents.intake.routes import FILE_PROBLEMS
from services.documents.settings import Settings
from services.documents.uploads.routes import UPLOAD_LIMITS

routes = Routes()


@routes.post(
    f"{CASE_PAPERS_PATH}/{{token}}",
    status=201,
    limits=UPLOAD_LIMITS,
    roles=("officer",),
    problems=(
        *FILE_PROBLEMS,
        "upload_media_type",
        "document_link_ended",
        "document_no_pdf",
        "document_active",
        "own_paper_too_large",
        "case_papers_too_many",
        "case_ended",
    ),
    openapi=FILES_FORM,
)
async def send_paper_of_case(
    token: str, request: Request, staff: Staff, intake: Intake, settings: Settings
) -> PaperTaken:
    """Send the file of a paper of a case, with the right that I got for it (officers).

    Several photos or PDFs become one PDF. The paper is of no case before its receipt is handed in,
    and is deleted after two days without that. The PDF with which an office decides is one file,
    and is kept as it is.

    Raises:
        Refused: the right is another officer's or has ended, or the files cannot become a paper.
    """
    key = right_key(settings.papers_secret.get_secret_value())
    right = read_right(token, key, intake.clock.now())
    if right.officer_id != staff.staff_id:
        raise Refused("document_link_ended")
    async with read_files(request) as files:
        if right.paper == OWN_DOCUMENT:
            return await use_cases.take_own(intake, right, files)
        return await use_cases.take(intake, right, files)
