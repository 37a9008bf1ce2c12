"""Pages on which a citizen objects to a refusal: the grounds, and papers of the locker."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.applications import AppealApplication, ApplicationSummary, ApplicationView
from libs.contracts.documents import APPEAL_PAPER, DocumentReceipt, DocumentView
from libs.contracts.language import Text
from libs.errors import Refused, Unavailable, Unreadable
from libs.ids import new_id
from libs.pages.errors import PageError
from libs.pages.form_tokens import FormTokens
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.papers import read_kinds
from libs.pages.posts import Posted, PostedFiles, check_upload
from libs.pages.rendering import Pages
from libs.pages.uploads import DEADLINE_S, LIMITS, passed_on, upload_error
from libs.pages.visits import Visit, visit_of
from libs.web.handling.routes import Routes
from services.portal.applications import rules
from services.portal.forms.papers import name_of, read_locker
from services.portal.forms.use_cases import ENDED

_PAPER: Final = "paper-"
_LONGEST: Final = 2_000
_GROUNDS_MISSING: Final = Text(
    bn="সিদ্ধান্তটি কেন ঠিক নয়, তা লিখুন।", en="Write why the decision is not right."
)
_TOO_LONG: Final = Text(bn="২০০০ অক্ষরের মধ্যে লিখুন।", en="Write 2,000 characters at most.")

routes = Routes(public=False)


@dataclass(frozen=True, slots=True)
class _Typed:
    """What stands on the page: the grounds, the papers that are chosen, and what is wrong."""

    grounds: str = ""
    chosen: Collection[str] = ()
    errors: Sequence[PageError] = ()


@routes.get("/applications/{number}/appeal")
async def ask_for_appeal(number: str, request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Ask for the grounds; where no objection is possible, lead to the application."""
    visit = visit_of(request)
    application = await _read(gateway, visit, number)
    if not rules.may_appeal(application, gateway.clock.now()):
        return pages.go(request, f"/applications/{application.tracking_number}")
    return await _page(request, pages, gateway, application, _Typed(chosen=_given(request)))


@routes.post("/applications/{number}/appeal/files", limits=LIMITS)
async def upload_for_appeal(
    number: str, request: Request, pages: Pages, gateway: Gateway, form_tokens: FormTokens
) -> Response:
    """Take a new paper into the locker; the page has it chosen then, with those of before."""
    visit, files = visit_of(request), PostedFiles(request)
    try:
        check_upload(request, form_tokens)
        paper = await gateway.upload(
            visit,
            "/v1/documents",
            files,
            passed_on(request),
            model=DocumentReceipt,
            deadline_s=DEADLINE_S,
        )
    except (ApiProblem, Refused, Unreadable, Unavailable) as failure:
        await files.read_rest()
        error = upload_error(failure, visit.language)
        application = await _read(gateway, visit, number)
        typed = _Typed(chosen=_given(request), errors=[error])
        return await _page(request, pages, gateway, application, typed)
    given = ",".join([*_given(request), str(paper.document_id)])
    return pages.go(request, f"/applications/{number}/appeal?{urlencode({'given': given})}")


@routes.post("/applications/{number}/appeal")
async def appeal(
    number: str, request: Request, posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Send the objection; a repeat is sent once."""
    visit, grounds = visit_of(request), posted.text("grounds")
    chosen = [name.removeprefix(_PAPER) for name in posted if name.startswith(_PAPER)]
    wrong = _TOO_LONG if len(grounds) > _LONGEST else None if grounds else _GROUNDS_MISSING
    error = PageError("grounds", wrong.in_language(visit.language)) if wrong else None
    if error is None:
        try:
            documents = [await _receipt(gateway, visit, document_id) for document_id in chosen]
            await gateway.post(
                visit,
                path_of("/v1/applications/{number}/appeal", number=number),
                AppealApplication.model_construct(grounds=grounds, documents=documents),
                model=ApplicationSummary,
                key=posted.text("key") or None,
            )
        except ApiProblem as failure:
            error = _refusal(failure)
    if error is not None:
        application = await _read(gateway, visit, number)
        typed = _Typed(grounds, chosen, [error])
        return await _page(request, pages, gateway, application, typed)
    visit.keep(notice="appeal_sent")
    return pages.go(request, f"/applications/{number}")


async def _page(
    request: Request,
    pages: Pages,
    gateway: Gateway,
    application: ApplicationView,
    typed: _Typed,
) -> Response:
    visit = visit_of(request)
    kinds = await read_kinds(gateway, visit)
    papers = [paper for paper in await read_locker(gateway, visit) if _can_be_given(paper)]
    return pages.show(
        request,
        "appeal.html",
        status=typed.errors[0].status if typed.errors else 200,
        application=application,
        typed=typed,
        errors=list(typed.errors),
        key=new_id(),
        papers=papers,
        kinds=kinds,
        name_of=name_of,
        kind=APPEAL_PAPER,
    )


def _given(request: Request) -> list[str]:
    """Return the ids of the papers that were given on this page before."""
    return [paper for paper in request.query_params.get("given", "").split(",") if paper]


def _refusal(failure: ApiProblem) -> PageError:
    """Return why the API refuses an objection, at the papers if it is about them."""
    pointers = [error.pointer for error in failure.problem.errors]
    of_papers = bool(pointers) and pointers[0].startswith("/documents")
    place = "documents" if of_papers or failure.code in ENDED else "grounds"
    return PageError(place, failure.message, failure.problem.status)


def _can_be_given(paper: DocumentView) -> bool:
    return paper.state != "infected" and paper.damage is None


async def _receipt(gateway: Gateway, visit: Visit, document_id: str) -> str:
    path = path_of("/v1/documents/{id}", id=document_id)
    return (await gateway.read(visit, DocumentReceipt, path, personal=True)).receipt


async def _read(gateway: Gateway, visit: Visit, number: str) -> ApplicationView:
    path = path_of("/v1/applications/{number}", number=number)
    return await gateway.read(visit, ApplicationView, path, personal=True)
