"""Pages of papers about decided cases: find one, propose, and answer what a colleague proposed."""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.accounts import RejectProposal
from libs.contracts.case_papers import CasePaper, PaperProposals, ProposeForPaper
from libs.contracts.language import Text
from libs.errors import Refused
from libs.pages.downloads import Download
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from services.desk.staff.forms import errors_of
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_API: Final = "/v1/decision-papers"
_DOWNLOAD_S: Final = 120
_LONGEST: Final = 2_001
_LONGEST_REJECTION: Final = 501
_NO_NUMBER: Final = Text(
    bn="আপনার কার্যালয়ের নিষ্পত্তি হওয়া নথির ট্র্যাকিং নম্বর লিখুন। চিঠিতে আসা আপত্তি লেখে যে কার্যালয় "
    "সিদ্ধান্ত দিয়েছে: শেষ দিনের আগে সেখানে পাঠান।",
    en="Type the tracking number of a decided case of your office. An objection that came by "
    "letter is recorded at the office that decided: pass it on before the last day.",
)


@routes.get("/case-papers")
async def show_proposals(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """What waits for a second officer, and the search for the paper of a case by its number."""
    number = request.query_params.get("number", "").strip()[:60]
    if number:
        return pages.go(request, path_of("/case-papers/{number}", number=number))
    waiting = await gateway.read(staff, PaperProposals, _API, personal=True)
    return pages.show(request, "case_papers.html", waiting=waiting, typed="", errors=[])


@routes.get("/case-papers/{number}")
async def show_paper(
    number: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The paper of a case: what it says, what waits, and what can be proposed.

    Raises:
        ApiProblem: not for a number of no decided case here, which leads to the search again.
    """
    try:
        paper = await _read(gateway, staff, number)
    except ApiProblem as failure:
        if failure.code != "case_unknown":
            raise
        waiting = await gateway.read(staff, PaperProposals, _API, personal=True)
        errors = [PageError("number", _NO_NUMBER.in_language(staff.language))]
        return pages.show(
            request, "case_papers.html", status=404, waiting=waiting, typed=number, errors=errors
        )
    return _page(request, pages, paper)


@routes.get("/case-papers/{number}/file", limits=RouteLimits(deadline_s=_DOWNLOAD_S, streamed=True))
async def open_file(number: str, staff: StaffVisit, gateway: Gateway) -> Response:
    """Open the PDF that the office brought as its paper: it is noted, and saved by the browser.

    Raises:
        Refused: the paper is drawn.
    """
    paper = await _read(gateway, staff, number)
    if paper.file_token is None:
        raise Refused("not_found")
    content = path_of("/v1/case-papers/{token}", token=paper.file_token)
    return Download(gateway.download(staff, content, deadline_s=_DOWNLOAD_S))


@routes.get("/case-papers/{number}/letter")
async def show_letter(
    number: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The office's letter to the citizen with the decision, to print and to send or hand over."""
    paper = await _read(gateway, staff, number)
    return pages.show(request, "case_letter.html", paper=paper, today=gateway.clock.now())


@routes.post("/case-papers/{number}/proposals")
async def propose(
    number: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Propose to withdraw the paper, or to issue a corrected one in its place."""
    paper = await _read(gateway, staff, number)
    is_correction = posted.text("kind") == "correction"
    fields = {
        line.name: posted.text(f"fields_{line.name}")[:_LONGEST]
        for line in paper.lines
        if is_correction and posted.text(f"fields_{line.name}") != line.value
    }
    wanted = ProposeForPaper.model_construct(
        kind="correction" if is_correction else "withdrawal",
        reason=posted.text("reason")[:_LONGEST],
        fields=fields,
    )
    path = path_of(f"{_API}/{{number}}/proposals", number=number)
    try:
        await gateway.post(staff, path, wanted, model=CasePaper)
    except ApiProblem as failure:
        errors = errors_of(failure, "reason")
        return _page(request, pages, paper, posted, errors, failure.problem.status)
    return pages.go(request, path_of("/case-papers/{number}", number=number))


@routes.post("/case-papers/{number}/proposals/{proposal}")
async def answer(  # noqa: PLR0913
    number: str,
    proposal: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Approve or reject what a colleague proposed; whoever proposed it takes it back."""
    path = f"{_API}/{{number}}/proposals/{{proposal}}"
    try:
        if posted.text("action") == "approve":
            approved = path_of(f"{path}/approval", number=number, proposal=proposal)
            await gateway.post(staff, approved, model=CasePaper)
        else:
            rejected = path_of(f"{path}/rejection", number=number, proposal=proposal)
            because = posted.text("rejection")[:_LONGEST_REJECTION] or None
            reason = RejectProposal.model_construct(reason=because)
            await gateway.post(staff, rejected, reason, model=CasePaper)
    except ApiProblem as failure:
        paper = await _read(gateway, staff, number)
        is_of_reason = any(error.pointer == "/reason" for error in failure.problem.errors)
        place = "rejection" if is_of_reason or failure.code == "note_missing" else "proposal"
        errors = [PageError(place, failure.message)]
        return _page(request, pages, paper, posted, errors, failure.problem.status)
    return pages.go(request, path_of("/case-papers/{number}", number=number))


async def _read(gateway: Gateway, staff: StaffVisit, number: str) -> CasePaper:
    path = path_of(f"{_API}/{{number}}", number=number)
    return await gateway.read(staff, CasePaper, path, personal=True)


def _page(
    request: Request,
    pages: Pages,
    paper: CasePaper,
    posted: Posted | None = None,
    errors: Sequence[PageError] = (),
    status: int = 200,
) -> Response:
    return pages.show(
        request,
        "case_paper.html",
        status=status,
        paper=paper,
        typed=posted or Posted({}),
        errors=list(errors),
    )
