"""Pages on which a citizen says how it went, and on which everybody reads it of a service."""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.applications import ApplicationView
from libs.contracts.catalogue import ServiceView
from libs.contracts.feedback import FEWEST_SHOWN, FeedbackCounts, FeedbackView, GiveFeedback
from libs.pages.errors import PageError
from libs.pages.forms import controls, rules
from libs.pages.forms.messages import message_of
from libs.pages.forms.views import question_values
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit, visit_of
from libs.web.handling.routes import Routes
from services.portal.feedback.questions import FORM, RATINGS

_SECTION: Final = FORM.sections[0]
_DECIDED: Final = frozenset({"approved", "refused"})

routes = Routes(public=False)


@routes.get("/applications/{number}/feedback")
async def ask_for_feedback(
    number: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """Ask how it went, or show what I have said; before the decision lead to the application.

    Raises:
        ApiProblem: the API refuses to read what was said.
    """
    visit = visit_of(request)
    application = await _read(gateway, visit, number)
    if application.status not in _DECIDED:
        return pages.go(request, f"/applications/{application.tracking_number}")
    try:
        path = path_of("/v1/applications/{number}/feedback", number=number)
        given = await gateway.read(visit, FeedbackView, path, personal=True)
    except ApiProblem as problem:
        if problem.code != "feedback_not_given":
            raise
        return _question_page(request, pages, application, {})
    return pages.show(request, "given.html", application=application, given=given, ratings=RATINGS)


@routes.post("/applications/{number}/feedback")
async def give_feedback(
    number: str, request: Request, posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Keep what was said; the page shows it then.

    Raises:
        ApiProblem: the API refuses for another reason than a wrong answer.
    """
    visit = visit_of(request)
    typed = controls.typed_in(_SECTION, posted, {})
    said = rules.body_of(FORM, typed)
    body = GiveFeedback.model_construct(**said, for_ministry=posted.get("told") == "ministry")
    path = path_of("/v1/applications/{number}/feedback", number=number)
    try:
        await gateway.post(visit, path, body, model=FeedbackView)
    except ApiProblem as failure:
        if failure.problem.status != 422:
            raise
        errors = []
        for error in failure.problem.errors:
            name = error.pointer.removeprefix("/")
            question = next((asked for asked in _SECTION.questions if asked.name == name), None)
            message = message_of(question, error.code, error.message, visit.language)
            errors.append(PageError(name, message))
        application = await _read(gateway, visit, number)
        return _question_page(request, pages, application, typed, errors)
    return pages.go(request, f"/applications/{number}/feedback")


@routes.get("/services/{public_service_id}/feedback")
async def show_feedback(
    public_service_id: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """How it went for others, by month that has ended."""
    visit = visit_of(request)
    service = await gateway.read(
        visit, ServiceView, path_of("/v1/services/{id}", id=public_service_id)
    )
    counts = await gateway.read(
        visit, FeedbackCounts, path_of("/v1/services/{id}/feedback", id=public_service_id)
    )
    return pages.show(
        request, "counts.html", service=service, counts=counts, fewest=FEWEST_SHOWN, ratings=RATINGS
    )


def _question_page(
    request: Request,
    pages: Pages,
    application: ApplicationView,
    typed: controls.Typed,
    errors: Sequence[PageError] = (),
) -> Response:
    return pages.show(
        request,
        "feedback.html",
        status=422 if errors else 200,
        application=application,
        typed=typed,
        errors=list(errors),
        **question_values(_SECTION.questions, typed),
    )


async def _read(gateway: Gateway, visit: Visit, number: str) -> ApplicationView:
    path = path_of("/v1/applications/{number}", number=number)
    return await gateway.read(visit, ApplicationView, path, personal=True)
