"""Pages that check a paper by its number, and by its signed code."""

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.text import Malformed
from libs.contracts.issuance import EndedPapers, PaperKeys, PaperStatus
from libs.contracts.problems import PROBLEMS
from libs.decision_papers.templates import templates
from libs.errors import Unavailable
from libs.ids import parse_paper_number
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.rendering import HEADERS, Pages
from libs.pages.visits import visit_of
from libs.web.handling.routes import Routes
from services.portal.checks.worker import worker_script

routes = Routes(public=False)


@routes.get("/check")
async def ask_for_number(request: Request, pages: Pages) -> Response:
    """Ask for the number of a paper; a right one leads to its page."""
    typed = request.query_params.get("number", "")
    if not typed:
        return _page(request, pages)
    try:
        number = parse_paper_number(typed)
    except Malformed:
        return _wrong(request, pages, typed, "paper_number_wrong")
    return pages.go(request, f"/check/{number}")


@routes.get("/check/keys")
async def show_keys(request: Request, gateway: Gateway) -> Response:
    """The public keys of bodies, for the script that checks a signed code."""
    keys = await gateway.read(visit_of(request), PaperKeys, "/v1/paper-keys")
    headers = {"cache-control": "no-cache"}
    return Response(keys.model_dump_json(), media_type="application/json", headers=headers)


@routes.get("/check/ended/{body}")
async def show_ended(body: str, request: Request, gateway: Gateway) -> Response:
    """The signed list of a body's ended papers, for the script that checks a signed code."""
    path = path_of("/v1/ended-papers/{body}", body=body)
    ended = await gateway.read(visit_of(request), EndedPapers, path)
    headers = {"cache-control": "no-cache"}
    return Response(ended.model_dump_json(), media_type="application/json", headers=headers)


@routes.get("/check/worker.js")
async def read_worker(_: Request) -> Response:
    """The script that keeps the pages of checks on a device; it serves no other page."""
    headers = {**HEADERS, "cache-control": "no-cache", "service-worker-allowed": "/"}
    return Response(worker_script(), media_type="text/javascript; charset=utf-8", headers=headers)


@routes.get("/check/{number}")
async def show_status(number: str, request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Show whether a paper holds now; a script checks the signed code, which stays in the browser.

    Where the API is away, the script still checks the signature.
    """
    try:
        status = await gateway.read(
            visit_of(request), PaperStatus, path_of("/v1/papers/{number}", number=number)
        )
    except ApiProblem as problem:
        if problem.code in {"paper_unknown", "paper_number_wrong"}:
            return _wrong(request, pages, number, problem.code)
        return _page(request, pages, typed=number, away=True, code=503)
    except Unavailable:
        return _page(request, pages, typed=number, away=True, code=503)
    return _page(request, pages, typed=status.number, status=status)


def _wrong(request: Request, pages: Pages, typed: str, code: str) -> Response:
    problem = PROBLEMS[code]
    detail = problem.detail.in_language(visit_of(request).language)
    errors = [PageError("number", detail)]
    return _page(request, pages, typed=typed, errors=errors, code=problem.status)


def _page(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    *,
    typed: str = "",
    status: PaperStatus | None = None,
    errors: list[PageError] | None = None,
    away: bool = False,
    code: int = 200,
) -> Response:
    language = visit_of(request).language
    titles = {name: row.title.in_language(language) for name, row in templates().items()}
    return pages.show(
        request,
        "paper_check.html",
        status=code,
        paper=status,
        typed=typed,
        errors=errors or [],
        away=away,
        titles=titles,
    )
