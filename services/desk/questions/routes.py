"""Pages on which focal points ask, the programme's staff answer, and an answer becomes public."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.questions import (
    AskQuestion,
    QuestionList,
    QuestionView,
)
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.questions.words import words_in
from services.desk.staff.forms import errors_of, search_in
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)

_ALL: Final = "/v1/programme/questions"
_OWN: Final = "/v1/programme/own/questions"
_PAGE: Final = "/programme/questions"
_SHOWN: Final = ("waiting", "late", "answered")


@routes.get("/own/questions")
async def show_own_questions(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The questions about the own body, and a form to ask."""
    return await _own(request, pages, gateway, staff, Posted())


@routes.post("/own/questions")
async def ask_question(
    request: Request, posted: Posted, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Ask the programme."""
    wanted = AskQuestion.model_construct(question=words_in(posted, "question"))
    try:
        await gateway.post(staff, _OWN, wanted, model=QuestionView)
    except ApiProblem as failure:
        return await _own(request, pages, gateway, staff, posted, failure)
    return pages.go(request, "/own/questions")


@routes.get(_PAGE)
async def show_questions(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Questions that wait, are late, or are answered."""
    show = request.query_params.get("show")
    query = {
        "show": show if show in _SHOWN else "waiting",
        "after": search_in(request)["after"],
    }
    listed = await gateway.read(staff, QuestionList, _ALL, query, personal=True)
    return pages.show(request, "body_questions.html", listed=listed, query=query, shown=_SHOWN)


@routes.get(f"{_PAGE}/{{question_id}}")
async def show_question(
    question_id: UUID, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """A question, with forms to answer it and to make it public."""
    return await _question(request, pages, gateway, staff, question_id, None)


@routes.post(f"{_PAGE}/{{question_id}}")
async def answer_question(
    question_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Answer a question."""
    path = path_of(f"{_ALL}/{{id}}/answer", id=str(question_id))
    body = {"answer": words_in(posted, "answer")}
    try:
        await gateway.replace(staff, path, body, model=QuestionView)
    except ApiProblem as failure:
        return await _question(request, pages, gateway, staff, question_id, posted, failure)
    return pages.go(request, f"{_PAGE}/{question_id}")


@routes.post(f"{_PAGE}/{{question_id}}/publication")
async def publish_question(
    question_id: UUID,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Let everybody read it, in these words; or nobody any more."""
    path = path_of(f"{_ALL}/{{id}}/publication", id=str(question_id))
    try:
        if posted.text("action") == "take_back":
            await gateway.do(staff, "DELETE", path)
        else:
            body = {
                name: {
                    language: words_in(posted, f"{name}_{language}") for language in ("bn", "en")
                }
                for name in ("question", "answer")
            }
            await gateway.replace(staff, path, body, model=QuestionView)
    except ApiProblem as failure:
        return await _question(request, pages, gateway, staff, question_id, posted, failure)
    return pages.go(request, f"{_PAGE}/{question_id}")


async def _own(
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    typed: Posted,
    failure: ApiProblem | None = None,
) -> Response:
    query = {"after": search_in(request)["after"]}
    return pages.show(
        request,
        "own_questions.html",
        status=failure.problem.status if failure else 200,
        listed=await gateway.read(staff, QuestionList, _OWN, query, personal=True),
        query=query,
        typed=typed,
        errors=errors_of(failure, "question") if failure else [],
    )


async def _question(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    gateway: Gateway,
    staff: Visit,
    question_id: UUID,
    typed: Mapping[str, str] | None,
    failure: ApiProblem | None = None,
) -> Response:
    path = path_of(f"{_ALL}/{{id}}", id=str(question_id))
    found = await gateway.read(staff, QuestionView, path, personal=True)
    is_publishing = typed is not None and "question_bn" in typed
    place = "question_bn" if is_publishing else "answer"
    return pages.show(
        request,
        "body_question.html",
        status=failure.problem.status if failure else 200,
        question=found,
        typed=typed if typed is not None else _said_before(found),
        may_answer="programme" in staff.session.get("roles", ()),
        errors=errors_of(failure, place) if failure else [],
    )


def _said_before(found: QuestionView) -> dict[str, str]:
    """Return what the forms begin with: the answer, and the words that everybody reads."""
    typed = {"answer": found.answer or ""}
    if found.public is None:
        return typed
    return typed | {
        "question_bn": found.public.question.bn,
        "question_en": found.public.question.en,
        "answer_bn": found.public.answer.bn,
        "answer_en": found.public.answer.en,
    }
