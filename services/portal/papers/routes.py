"""The page on which the paper of a form is given: a new one, or one from the locker."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.documents import DocumentReceipt, DocumentView
from libs.contracts.language import Text
from libs.contracts.problems import PROBLEMS
from libs.errors import Refused, Unavailable, Unreadable
from libs.pages.errors import PageError
from libs.pages.form_tokens import FormTokens
from libs.pages.forms.filling import Filling
from libs.pages.forms.questions import Question, Section
from libs.pages.forms.views import find_paper
from libs.pages.gateway import ApiProblem, Gateway, LoginNeeded
from libs.pages.papers import CONCERNS, DRAWINGS, kinds_for, read_kinds
from libs.pages.posts import Posted, PostedFiles, check_upload
from libs.pages.rendering import Pages
from libs.pages.uploads import (
    DEADLINE_S,
    LIMITS,
    NOT_A_PHOTO,
    passed_on,
    upload_error,
)
from libs.pages.visits import Visit, visit_of
from libs.web.handling.routes import Routes
from services.portal.forms import use_cases
from services.portal.forms.papers import name_of, read_locker
from services.portal.forms.views import draft_path, paper_path, section_path
from services.portal.papers.issued import CHOICE, fitting, give_issued, read_issued

routes = Routes(public=False)
_AWAY: Final = 503
_NONE_CHOSEN = Text(bn="আগে একটি কাগজ বেছে নিন।", en="Choose one of the papers first.")


@dataclass(frozen=True, slots=True)
class _PaperField:
    """A paper that a form asks for."""

    filling: Filling
    section: Section
    question: Question

    @property
    def path(self) -> str:
        """Its page."""
        return paper_path(self.filling, self.question)

    @property
    def path_back(self) -> str:
        """Its question on the page of its section; the page of the draft if it is closed."""
        if self.is_closed:
            return draft_path(self.filling)
        return f"{section_path(self.filling, self.section)}#q-{self.question.name}"

    @property
    def is_closed(self) -> bool:
        """Whether the form has been sent, or has changed."""
        return self.filling.tracking_number is not None or self.filling.has_old_form


@routes.get("/apply/{service_id}/{draft_id}/papers/{name}")
async def show_paper(
    service_id: str, draft_id: UUID, name: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """Ask for one paper."""
    paper_field = await _paper_field(gateway, visit_of(request), service_id, draft_id, name)
    if paper_field.is_closed:
        return pages.go(request, paper_field.path_back)
    return await _paper_page(request, pages, gateway, paper_field)


@routes.post("/apply/{service_id}/{draft_id}/papers/{name}")
async def choose_paper(  # noqa: PLR0913
    service_id: str,
    draft_id: UUID,
    name: str,
    request: Request,
    posted: Posted,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Take a paper from the locker, or one that was issued."""
    visit, was_stored = visit_of(request), bool(posted.get("stored"))
    paper_field = await _paper_field(
        gateway, visit, service_id, draft_id, name, was_stored=was_stored
    )
    chosen = posted.text("document_id")
    if chosen.startswith(CHOICE):
        try:
            chosen = await give_issued(gateway, visit, chosen.removeprefix(CHOICE))
        except (ApiProblem, Unavailable) as failure:
            error = replace(upload_error(failure, visit.language), place="locker")
            return await _paper_page(request, pages, gateway, paper_field, error)
        await _give(gateway, visit, paper_field, chosen)
        return pages.go(request, paper_field.path_back)
    locker = await read_locker(gateway, visit)
    offered = {str(paper.document_id) for paper in _offered(locker, paper_field)}
    if chosen not in offered:
        text = PROBLEMS["document_unknown"].detail if chosen else _NONE_CHOSEN
        message = text.in_language(visit.language)
        return await _paper_page(request, pages, gateway, paper_field, PageError("locker", message))
    await _give(gateway, visit, paper_field, chosen)
    return pages.go(request, paper_field.path_back)


@routes.post("/apply/{service_id}/{draft_id}/papers/{name}/files", limits=LIMITS)
async def upload_paper(  # noqa: PLR0913
    service_id: str,
    draft_id: UUID,
    name: str,
    request: Request,
    pages: Pages,
    gateway: Gateway,
    form_tokens: FormTokens,
) -> Response:
    """Pass new files on while they arrive; they become the paper."""
    visit, files = visit_of(request), PostedFiles(request)
    try:
        paper_field = await _paper_field(
            gateway,
            visit,
            service_id,
            draft_id,
            name,
            was_stored=False,
        )
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
            if not paper_field.question.takes(paper.media_type):
                message = NOT_A_PHOTO.in_language(visit.language)
                return await _paper_page(
                    request, pages, gateway, paper_field, PageError("file", message)
                )
            was_stored = _was_stored(request, paper_field)
            paper_field = await _paper_field(
                gateway, visit, service_id, draft_id, name, was_stored=was_stored
            )
            await _give(gateway, visit, paper_field, str(paper.document_id))
            if paper.concerns:
                return pages.go(
                    request, f"{paper_field.path}/photo?concerns={','.join(paper.concerns)}"
                )
        except (ApiProblem, Refused, Unreadable, Unavailable) as failure:
            await files.read_rest()
            error = upload_error(failure, visit.language)
            return await _paper_page(request, pages, gateway, paper_field, error)
    except LoginNeeded:
        await files.read_rest()
        here = f"/apply/{service_id}/{draft_id}/papers/{name}"
        return pages.go(request, f"/login?next={quote(here, safe='')}&lost=file")
    return pages.go(request, paper_field.path_back)


@routes.get("/apply/{service_id}/{draft_id}/papers/{name}/photo")
async def ask_about_photo(
    service_id: str, draft_id: UUID, name: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """Show a photo that was just given, with its concerns; it stays unless another one is given.

    Without a photo, or anything to say of it, the form goes on.
    """
    paper_field = await _paper_field(gateway, visit_of(request), service_id, draft_id, name)
    given = paper_field.filling.typed.get(paper_field.question.place)
    named = request.query_params.get("concerns", "").split(",")
    concerns = [text for concern, text in CONCERNS.items() if concern in named]
    if paper_field.is_closed or not given or not concerns:
        return pages.go(request, paper_field.path_back)
    return pages.show(
        request,
        "photo.html",
        filling=paper_field.filling,
        question=paper_field.question,
        document_id=given,
        concerns=concerns,
        path=paper_field.path,
        back=paper_field.path_back,
    )


def _was_stored(request: Request, paper_field: _PaperField) -> bool:
    """Whether the draft is stored, or was when the page was shown whose file is sent."""
    return paper_field.filling.revision > 0 or bool(request.query_params.get("stored"))


async def _paper_field(
    gateway: Gateway,
    visit: Visit,
    service_id: str,
    draft_id: UUID,
    name: str,
    *,
    was_stored: bool | None = None,
) -> _PaperField:
    """Read the form and its question.

    Raises:
        Refused: the form asks for no such paper.
    """
    filling = await use_cases.read_filling(
        gateway, visit, service_id, draft_id, was_stored=was_stored
    )
    question, section = find_paper(filling, name)
    return _PaperField(filling, section, question)


def _offered(locker: Sequence[DocumentView], paper_field: _PaperField) -> list[DocumentView]:
    """Return the papers of the locker that can be given; an issued one is offered as such."""
    return [
        paper
        for paper in locker
        if paper.issued_number is None
        and paper_field.question.document_kind in {None, paper.kind}
        and paper.state != "infected"
        and paper.damage is None
        and paper_field.question.takes(paper.media_type)
    ]


async def _give(gateway: Gateway, visit: Visit, paper_field: _PaperField, document_id: str) -> None:
    """Store which paper was given; a form that was closed meanwhile stays as it is."""
    if paper_field.is_closed:
        return
    await use_cases.give_paper(
        gateway, visit, paper_field.filling, paper_field.question, document_id
    )


async def _paper_page(
    request: Request, pages: Pages, gateway: Gateway, paper_field: _PaperField, *errors: PageError
) -> Response:
    visit = visit_of(request)
    kinds = await read_kinds(gateway, visit)
    is_away = any(error.status == _AWAY for error in errors)  # who was waited for once is enough
    listed = None if is_away else await read_issued(gateway, visit)
    issued = fitting(listed or [], paper_field.question)
    try:
        locker = await read_locker(gateway, visit)
    except (ApiProblem, Unavailable):
        if not errors:
            raise
        locker = []  # the error comes first: a file can be given again from the same page
    chosen = paper_field.filling.typed.get(paper_field.question.place)
    given = [paper.issued_number for paper in locker if str(paper.document_id) == chosen]
    return pages.show(
        request,
        "paper.html",
        status=errors[0].status if errors else 200,
        filling=paper_field.filling,
        was_stored=_was_stored(request, paper_field),
        question=paper_field.question,
        kind=paper_field.question.upload_kind,
        path=paper_field.path,
        back=paper_field.path_back,
        kinds=kinds,
        specimens=kinds_for(kinds, paper_field.filling.service, paper_field.question),
        drawings=DRAWINGS,
        offered=_offered(locker, paper_field),
        issued=issued,
        choice=CHOICE,
        chosen_number=given[0] if given else None,
        chosen=chosen,
        name_of=name_of,
        errors=errors,
    )
