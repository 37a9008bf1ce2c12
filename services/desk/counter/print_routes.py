"""Pages on which an uddokta prints the papers about decisions for citizens."""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.issuance import IssuedPaper
from libs.contracts.language import Text
from libs.pages.errors import PageError, keep_wrong, take_wrong
from libs.pages.gateway import ApiProblem, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import HEADERS
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from services.desk.counter.assisted_forms import Counter
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
_DEADLINE_S: Final = 30.0
_LONGEST: Final = 60
_NOT_HERE: Final = Text(
    bn="এই নম্বরের কাগজ আপনি এখানে প্রিন্ট করতে পারেন না: আবেদনটি এই কেন্দ্র থেকে আপনার, বা এখন এখানে "
    "নেই এমন কারও পাঠানো হতে হবে, আর নাগরিক সাহায্য বন্ধ করে থাকলে হয় না। নম্বরটি মিলিয়ে দেখুন।",
    en="You cannot print papers for this number here: you, or somebody who is not here any more, "
    "must have sent the application at this centre, and the citizen must not have ended the help. "
    "Check the number.",
)


@routes.get("/counter/papers")
async def ask_for_number(request: Request, _staff: StaffVisit, counter: Counter) -> Response:
    """Ask for the tracking number of whose paper is to be printed."""
    number = request.query_params.get("number", "").strip()[:_LONGEST]
    if number:
        return counter.pages.go(request, path_of("/counter/papers/{number}", number=number))
    return _page(request, counter)


@routes.get("/counter/papers/{number}")
async def show_papers(
    number: str, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """The papers about an application that the uddokta sent, to be printed.

    Raises:
        ApiProblem: not for a number for which nobody may print here, which leads to the question.
    """
    try:
        papers = await counter.calls.papers(staff, number)
    except ApiProblem as failure:
        if failure.code != "application_unknown":
            raise
        error = PageError("number", _NOT_HERE.in_language(staff.language))
        return _page(request, counter, number, errors=[error], status=404)
    wrong = take_wrong(staff)
    return _page(request, counter, number, papers.items, wrong.errors, wrong.status)


@routes.post("/counter/papers/{number}/{paper}", limits=RouteLimits(deadline_s=_DEADLINE_S))
async def print_paper(
    number: str,
    paper: str,
    request: Request,
    _posted: Posted,
    staff: StaffVisit,
    counter: Counter,
) -> Response:
    """A paper as PDF, drawn now; that it was printed is recorded."""
    try:
        content, headers = await counter.calls.printed(staff, number, paper, deadline_s=_DEADLINE_S)
    except ApiProblem as failure:
        keep_wrong(staff, PageError("print", failure.message, failure.problem.status))
        return counter.pages.go(request, path_of("/counter/papers/{number}", number=number))
    saved = {
        **HEADERS,
        "cache-control": "no-store",
        "content-disposition": headers.get("content-disposition", "attachment"),
    }
    return Response(content, media_type="application/pdf", headers=saved)


def _page(
    request: Request,
    counter: Counter,
    number: str = "",
    papers: Sequence[IssuedPaper] | None = None,
    errors: Sequence[PageError] = (),
    status: int = 200,
) -> Response:
    return counter.pages.show(
        request,
        "decision_papers.html",
        status=status,
        typed=number,
        papers=papers,
        errors=list(errors),
    )
