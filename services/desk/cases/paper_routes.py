"""The file of a report, a mark sheet or a photo, which an officer hands in with an act."""

from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.cases import CaseView
from libs.contracts.handed_in import AskToHandIn, HandIn, HandInPermit, PaperTaken
from libs.errors import Refused, Unavailable, Unreadable
from libs.pages.errors import keep_wrong
from libs.pages.form_tokens import FormTokens
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted, PostedFiles, check_upload
from libs.pages.rendering import Pages
from libs.pages.uploads import DEADLINE_S, LIMITS, passed_on, upload_error
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.cases import rules
from services.desk.staff.sessions import StaffSessions, StaffVisit

routes = Routes(public=False)

_CASE: Final = "/v1/cases/{id}"


@routes.post("/cases/{case_id}/acts/{action}/papers/{paper}", limits=LIMITS)
async def hand_in(  # noqa: PLR0913
    case_id: str,
    action: str,
    paper: str,
    request: Request,
    sessions: StaffSessions,
    form_tokens: FormTokens,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Pass the file of a paper on while it arrives, and hand it in; then show the act again.

    The session is read here and not before: the file is read to its end, also for somebody whose
    login has ended.
    """
    files = PostedFiles(request)
    page = path_of("/cases/{id}/acts/{action}", id=case_id, action=action)
    try:
        staff = await sessions.read(request)
        try:
            check_upload(request, form_tokens)
            taken = await _hand_in(request, files, staff, gateway, (case_id, action, paper))
        except (ApiProblem, Refused, Unreadable, Unavailable) as failure:
            error = upload_error(failure, staff.language)
            seen = {"revision": request.query_params.get("revision", "")[:20]}
            keep_wrong(staff, replace(error, place=f"{rules.FILE}{paper}"), seen)
            return pages.go(request, page)
    finally:
        await files.read_rest()
    concerns = ",".join(taken.concerns)
    return pages.go(request, f"{page}?concerns={concerns}" if concerns else page)


@routes.post("/cases/{case_id}/acts/{action}/papers/{paper}/back/{document_id}")
async def take_back(  # noqa: PLR0913
    case_id: str,
    action: str,
    paper: str,
    document_id: str,
    request: Request,
    posted: Posted,  # noqa: ARG001 -- its token is checked
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Take a paper back that was wrong; the case has it no more."""
    path = path_of(f"{_CASE}/handed-in/{{paper}}", id=case_id, paper=document_id)
    try:
        await gateway.do(staff, "DELETE", path)
    except ApiProblem as failure:
        error = upload_error(failure, staff.language)
        keep_wrong(staff, replace(error, place=f"{rules.FILE}{paper}"), {"revision": ""})
    return pages.go(request, path_of("/cases/{id}/acts/{action}", id=case_id, action=action))


async def _hand_in(
    request: Request,
    files: PostedFiles,
    staff: Visit,
    gateway: Gateway,
    wanted: tuple[str, str, str],
) -> PaperTaken:
    """Send the file with a right of its own, and hand in its receipt.

    Raises:
        ApiProblem: the API does not take it.
        Refused: the file is too large, or nothing that can be done now asks for the paper.
    """
    case_id, action, paper = wanted
    headers = passed_on(request)
    case = await gateway.read(staff, CaseView, path_of(_CASE, id=case_id), personal=True)
    chosen = rules.find_action(case, action)
    if chosen is None:
        raise Refused("case_changed")
    seen = rules.revision_of(request.query_params.get("revision", ""))
    asked = AskToHandIn.model_construct(revision=seen, duty=chosen.duty, paper=paper)
    path = path_of(f"{_CASE}/hand-in-permits", id=case_id)
    permit = await gateway.post(staff, path, asked, model=HandInPermit)
    sent = path_of("/v1/case-papers/{token}", token=permit.token)
    taken = await gateway.upload(
        staff, sent, files, headers, model=PaperTaken, deadline_s=DEADLINE_S
    )
    handed_in = HandIn(duty=chosen.duty, receipt=taken.receipt)
    await gateway.do(staff, "POST", path_of(f"{_CASE}/handed-in", id=case_id), handed_in)
    return taken
