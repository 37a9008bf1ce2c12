"""The page on which a citizen saves, changes and deletes details for forms."""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.identity import DetailsView
from libs.contracts.language import Language, Text
from libs.contracts.problems import ProblemFieldError
from libs.pages.confirmations import Confirmation, ask_to_confirm
from libs.pages.errors import PageError
from libs.pages.forms import controls, rules
from libs.pages.forms.messages import message_of
from libs.pages.forms.views import question_values
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.web.handling.routes import Routes
from services.portal.details.questions import FORM
from services.portal.forms.prefill import typed_of_answers

_PATH: Final = "/profile/details"
_API: Final = "/v1/me/details"
_SECTION: Final = FORM.sections[0]
_NO_CONSENT: Final = Text(
    bn="রাখতে হলে সম্মতির ঘরে টিক দিন।", en="Tick the consent, so that we may keep them."
)

_DELETE: Final = Text(bn="রাখা তথ্য মুছে ফেলবেন?", en="Delete the details that you keep?")
_ABOUT: Final = Text(bn="ফরমের জন্য আমার তথ্য", en="My details for forms")
_DELETED: Final = Text(
    bn="সব মুছে যাবে, রাখার সম্মতিও ফেরত যাবে। জমা দেওয়া আবেদন আগের মতোই থাকবে।",
    en="All of them are deleted, and the consent to keep them ends. Applications that you have "
    "sent stay as they are.",
)
_DELETE_IT: Final = Text(bn="হ্যাঁ, মুছে ফেলুন", en="Yes, delete them")

routes = Routes(public=False)


@routes.get(_PATH)
async def show_details(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Show my saved details, to be changed or deleted."""
    visit = visit_of(request)
    saved = await gateway.read(visit, DetailsView, _API, personal=True)
    body = saved.model_dump(mode="json", exclude_none=True)
    typed = typed_of_answers(_SECTION.questions, body, visit.language)
    is_saved = saved.saved_at is not None
    return _page(request, pages, typed, has_consent=is_saved, is_saved=is_saved)


@routes.post(_PATH)
async def save_details(
    request: Request, posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Save the posted details.

    Raises:
        ApiProblem: the API refuses for another reason than a wrong answer.
    """
    visit = visit_of(request)
    typed = controls.typed_in(_SECTION, posted, {})
    has_consent = posted.get("consent") == "yes"
    if posted.get("more"):  # a script asks for the list that follows from a choice
        return _page(request, pages, typed, has_consent=has_consent)
    errors = _errors_before_saving(typed, visit.language, has_consent=has_consent)
    if not errors:
        body = {**rules.body_of(FORM, typed), "consent": True}
        try:
            await gateway.replace(visit, _API, body, model=DetailsView)
        except ApiProblem as failure:
            if failure.problem.status != 422:
                raise
            errors = [_error(error, typed, visit.language) for error in failure.problem.errors]
    if errors:
        return _page(request, pages, typed, errors=errors, has_consent=has_consent)
    shown = controls.shown_controls(_SECTION.questions, typed)
    more = sorted(shown - {*posted.get("shown", "").split(), *typed})  # the unions of an upazila
    return pages.go(request, f"{_PATH}#q-{controls.field_of(more[0])}" if more else "/profile")


@routes.get(f"{_PATH}/deletion")
async def ask_for_deletion(request: Request, pages: Pages) -> Response:
    """Ask whether the saved details are to be deleted."""
    asks = Confirmation(_DELETE, _ABOUT, _DELETED, _DELETE_IT, _PATH)
    return ask_to_confirm(request, pages, asks)


@routes.post(f"{_PATH}/deletion")
async def delete_details(
    request: Request, _posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Delete the saved details, and the consent with them."""
    await gateway.do(visit_of(request), "DELETE", _API)
    return pages.go(request, "/profile")


def _page(
    request: Request,
    pages: Pages,
    typed: controls.Typed,
    *,
    errors: Sequence[PageError] = (),
    has_consent: bool,
    is_saved: bool = False,
) -> Response:
    return pages.show(
        request,
        "details.html",
        status=422 if errors else 200,
        typed=typed,
        errors=list(errors),
        has_consent=has_consent,
        is_saved=is_saved,
        **question_values(_SECTION.questions, typed),
    )


def _errors_before_saving(
    typed: controls.Typed, language: Language, *, has_consent: bool
) -> list[PageError]:
    """A district is for the page only, and without consent nothing is sent to the API."""
    without_area = [
        PageError(f"{question.name}.area", message_of(question.parts[1], "required", "", language))
        for question in _SECTION.questions
        if question.kind == "address"
        if typed.get(question.place) and not typed.get(f"{question.name}.area")
    ]
    refused = [PageError("consent", _NO_CONSENT.in_language(language))]
    return [*without_area, *([] if has_consent else refused)]


def _error(error: ProblemFieldError, typed: controls.Typed, language: Language) -> PageError:
    pointer = f"/form{error.pointer}"
    shown = controls.shown_controls(_SECTION.questions, typed)
    question = controls.question_at(FORM, controls.name_of(pointer))
    place = controls.place_of(pointer, FORM, shown)
    return PageError(place, message_of(question, error.code, error.message, language))
