"""HTTP route by which ministries' systems send their own papers about decisions."""

from typing import Final

from starlette.requests import Request

from libs.bangladesh.bodies import bodies_by_id
from libs.contracts.documents import LARGEST_OWN_BYTES, OwnPaperTaken, SendOwnPaper
from libs.errors import Refused
from libs.web.handling.body import check_json_type, read_json
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from libs.web.signed.signatures import keys_of_party, verify
from services.documents.intake.pipeline import Intake
from services.documents.intake.routes import FILE_PROBLEMS
from services.documents.own_papers import use_cases
from services.documents.settings import Settings

_LIMITS: Final = RouteLimits(
    body_bytes=LARGEST_OWN_BYTES * 4 // 3 + 4096, deadline_s=60, too_large="own_paper_too_large"
)

routes = Routes()


@routes.post(
    "/v1/ministries/{ministry}/own-papers",
    status=201,
    public=False,
    limits=_LIMITS,
    problems=(
        *FILE_PROBLEMS,
        "signature_invalid",
        "own_paper_too_large",
        "document_no_pdf",
        "document_active",
        "case_papers_too_many",
    ),
)
async def send_own_paper(
    ministry: str, raw: bytes, request: Request, intake: Intake, settings: Settings
) -> OwnPaperTaken:
    """Send a PDF of the ministry's own as the paper about its decision.

    The receipt goes with the decision. Signed by Standard Webhooks with the ministry's key for
    papers; a PDF that no decision brings is deleted after 37 days.

    Raises:
        Refused: there is no such ministry, it has not signed the request, or the PDF is not taken.
    """
    if ministry not in bodies_by_id():
        raise Refused("not_found")
    keys = keys_of_party(settings.ministry_keys, settings.papers_secret, ministry)
    verify(keys, request.headers, raw, intake.clock.now())
    check_json_type(request.headers.get("content-type"))
    return await use_cases.take(intake, ministry, read_json(raw, SendOwnPaper))
