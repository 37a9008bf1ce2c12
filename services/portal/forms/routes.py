"""Pages of a form: its sections, the list of tasks, check answers, send."""

from dataclasses import replace
from functools import partial
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.applications import ApplicationView, DraftList
from libs.contracts.language import Text
from libs.contracts.problems import ProblemFieldError
from libs.errors import Refused
from libs.pages.confirmations import Confirmation, ask_to_confirm
from libs.pages.errors import PageError
from libs.pages.forms import changes, controls, rules
from libs.pages.forms.filling import Filling, find_errors, read_service
from libs.pages.forms.questions import Section
from libs.pages.forms.versions import ChangedElsewhere, check_same, version_of
from libs.pages.forms.views import find_section, said_of, section_errors, section_with_error
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit, visit_of
from libs.web.handling.routes import Routes
from services.portal.forms import papers, use_cases
from services.portal.forms.prefill import known_answers, last_answers
from services.portal.forms.views import (
    check_page,
    draft_path,
    paper_path,
    path_after,
    section_page,
    section_path,
)

routes = Routes(public=False)
_DELETE: Final = Text(bn="খসড়াটি মুছে ফেলবেন?", en="Delete this draft?")
_DELETED: Final = Text(
    bn="এই আবেদনে যা লিখেছেন সব মুছে যাবে, ফেরত আনা যাবে না। কাগজপত্র “আমার কাগজপত্র” পাতায় থাকবে।",
    en="Everything that you typed for this application is gone then, and cannot be brought back. "
    "Your papers stay on the page “My papers”.",
)
_DELETE_IT: Final = Text(bn="হ্যাঁ, মুছে ফেলুন", en="Yes, delete it")


@routes.get("/apply/{service_id}")
async def begin(service_id: str, request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Begin a form, or go on with a draft of it.

    Raises:
        Refused: the service takes no applications.
    """
    visit = visit_of(request)
    view = await read_service(gateway, visit, service_id)
    if not view.open:
        raise Refused("public_service_closed")
    drafts = await gateway.read(visit, DraftList, "/v1/drafts", personal=True)
    own = [draft for draft in drafts.items if draft.public_service_id == service_id]
    new = f"/apply/{service_id}/{use_cases.begin_new(visit)}/steps/{view.form_sections[0]['id']}"
    if not own:
        return pages.go(request, new)
    return pages.show(request, "drafts.html", service=view, drafts=own, new=new)


@routes.get("/apply/{service_id}/{draft_id}")
async def show_tasks(
    service_id: str, draft_id: UUID, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """The sections of a form, and which of them are answered."""
    filling = await use_cases.read_filling(gateway, visit_of(request), service_id, draft_id)
    if filling.tracking_number is not None:
        return pages.go(request, f"/applications/{filling.tracking_number}/confirmation")
    sections = rules.sections_asked(filling.form, filling.body)
    return pages.show(
        request,
        "tasks.html",
        filling=filling,
        sections=sections,
        waiting=rules.sections_waiting(filling.form, filling.body, filling.seen),
    )


@routes.post("/apply/{service_id}/{draft_id}")
async def change_draft(
    service_id: str,
    draft_id: UUID,
    request: Request,
    _posted: Posted,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Go through a draft again since its form has changed."""
    visit = visit_of(request)
    filling = await use_cases.read_filling(gateway, visit, service_id, draft_id, was_stored=True)
    version = filling.service.form_version
    await use_cases.save(gateway, visit, replace(filling, seen=(), form_version=version))
    return pages.go(request, section_path(filling, filling.form.sections[0]))


@routes.get("/apply/{service_id}/{draft_id}/deletion")
async def ask_for_deletion(
    service_id: str, draft_id: UUID, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """Ask whether a draft is to be deleted."""
    visit = visit_of(request)
    filling = await use_cases.read_filling(gateway, visit, service_id, draft_id, was_stored=True)
    if filling.tracking_number is not None:
        return pages.go(request, draft_path(filling))
    asks = Confirmation(_DELETE, filling.service.name, _DELETED, _DELETE_IT, draft_path(filling))
    return ask_to_confirm(request, pages, asks)


@routes.post("/apply/{service_id}/{draft_id}/deletion")
async def delete_draft(
    service_id: str,  # noqa: ARG001  # in the address of the page
    draft_id: UUID,
    request: Request,
    _posted: Posted,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Delete a draft; the list of applications says so."""
    visit = visit_of(request)
    await gateway.do(visit, "DELETE", f"/v1/drafts/{draft_id}")
    visit.keep(notice="draft_deleted")
    return pages.go(request, "/applications")


@routes.get("/apply/{service_id}/{draft_id}/steps/{section_id}")
async def show_section(
    service_id: str,
    draft_id: UUID,
    section_id: str,
    request: Request,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """The questions of one section."""
    visit = visit_of(request)
    filling = await use_cases.read_filling(gateway, visit, service_id, draft_id)
    section = find_section(filling, section_id)
    if filling.tracking_number is not None or filling.has_old_form:
        return pages.go(request, draft_path(filling))
    seen = section_id in filling.seen
    prefilled = {} if seen else await known_answers(gateway, visit, section)
    shown = replace(filling, typed=_with_known(filling.typed, prefilled))
    last = None if seen else await last_answers(gateway, visit, section, shown.typed)
    named = await papers.with_names(gateway, visit, shown)
    return section_page(
        request, pages, named, section, stored=filling.typed, prefilled=prefilled, last=last
    )


@routes.post("/apply/{service_id}/{draft_id}/steps/{section_id}")
async def answer_section(  # noqa: PLR0913
    service_id: str,
    draft_id: UUID,
    section_id: str,
    request: Request,
    posted: Posted,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Store the answers of one section, and go on when they are right.

    A button leads to the page of a paper, takes one away, adds or removes a row, or leads to the
    page in the other language.
    """
    visit, was_stored = visit_of(request), bool(posted.get("stored"))
    stored = await use_cases.read_filling(
        gateway, visit, service_id, draft_id, was_stored=was_stored
    )
    section = find_section(stored, section_id)
    if stored.tracking_number is not None:
        return pages.go(request, draft_path(stored))
    filling = replace(stored, typed=controls.typed_in(section, posted, stored.typed))
    try:
        check_same(stored.typed, filling.typed, section, posted.get("version", ""))
        return await _answer(request, pages, gateway, filling, section, posted)
    except ChangedElsewhere as elsewhere:
        named = await papers.with_names(gateway, visit, filling)
        return section_page(request, pages, named, section, stored=elsewhere.typed, is_changed=True)


async def _answer(
    request: Request,
    pages: Pages,
    gateway: Gateway,
    filling: Filling,
    section: Section,
    posted: Posted,
) -> Response:
    """Store the input, and go where the button leads.

    Raises:
        ChangedElsewhere: another window has stored other answers of this section just now.
    """  # `save_section` raises it
    visit = visit_of(request)
    save = partial(
        use_cases.save_section, gateway, visit, section=section, version=posted.get("version", "")
    )
    paper = changes.paper_asked_for(filling, section, posted)
    changed = changes.changed_by_button(filling, section, posted)
    if posted.get("last"):
        changed = await _with_last_answers(gateway, visit, filling, section)
    if paper or changed or filling.has_old_form or posted.get("switch"):
        await save(changed or filling, is_answered=False)
        path = paper_path(filling, paper) if paper else section_path(filling, section)
        return pages.go(request, path)
    if posted.get("more"):  # a script asks for the list that follows from a choice
        filling = await save(filling, is_answered=False)
        named = await papers.with_names(gateway, visit, filling)
        return section_page(request, pages, named, section, stored=filling.typed)
    questions = rules.questions_asked(filling.form, section, filling.body)
    found = await find_errors(gateway, visit, filling, [question.name for question in questions])
    shown = controls.shown_controls(questions, filling.typed)
    answerable = {*posted.get("shown", "").split(), *filling.typed}
    errors = section_errors(filling, found, shown, answerable, visit.language)
    is_answered = not errors and shown <= answerable
    filling = await save(filling, is_answered=is_answered)
    if errors:
        named = await papers.with_names(gateway, visit, filling)
        return section_page(request, pages, named, section, stored=filling.typed, errors=errors)
    if not is_answered:  # what was just answered leads to more questions on the same page
        first = next(
            question
            for question in questions
            if controls.shown_controls([question], filling.typed) - answerable
        )
        return pages.go(request, f"{section_path(filling, section)}#q-{first.name}")
    return pages.go(request, path_after(filling, section))


@routes.get("/apply/{service_id}/{draft_id}/check")
async def show_answers(
    service_id: str, draft_id: UUID, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """All answers, to be checked before they are sent."""
    visit = visit_of(request)
    filling = await use_cases.read_filling(gateway, visit, service_id, draft_id)
    if filling.tracking_number is not None or filling.has_old_form:
        return pages.go(request, draft_path(filling))
    found = await find_errors(gateway, visit, filling)
    errors = [_link(filling, error, visit) for error in found]
    is_unchanged = await use_cases.is_unchanged(gateway, visit, filling)
    named = await papers.in_words(gateway, visit, filling)
    return check_page(request, pages, filling, named, errors=errors, is_unchanged=is_unchanged)


@routes.post("/apply/{service_id}/{draft_id}/check")
async def send_answers(
    service_id: str,
    draft_id: UUID,
    request: Request,
    posted: Posted,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Send the application, once.

    Raises:
        ApiProblem: the API does not take it, for another reason than its answers.
    """
    visit = visit_of(request)
    filling = await use_cases.read_filling(gateway, visit, service_id, draft_id, was_stored=True)
    is_sent = filling.tracking_number is not None
    if not is_sent and posted.get("version") != version_of(filling.typed):
        found = await find_errors(gateway, visit, filling)
        errors = [_link(filling, error, visit) for error in found]
        named = await papers.in_words(gateway, visit, filling)
        return check_page(
            request, pages, filling, named, errors=errors, status=409, is_changed=True
        )
    try:
        number = await use_cases.send(gateway, visit, filling, posted.get("key", str(draft_id)))
    except ApiProblem as failure:
        if failure.code != "form_invalid":
            raise
        errors = [_link(filling, error, visit) for error in failure.problem.errors]
        named = await papers.in_words(gateway, visit, filling)
        return check_page(request, pages, filling, named, errors=errors, status=422)
    if posted.get("is_correction"):
        visit.keep(notice="correction_sent")
    after = "" if posted.get("is_correction") else "/confirmation"
    return pages.go(request, f"/applications/{number}{after}")


@routes.post("/applications/{number}/correction")
async def correct(
    number: str, request: Request, _posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Begin to correct an application, with the answers that were sent before."""
    visit = visit_of(request)
    path = path_of("/v1/applications/{number}", number=number)
    application = await gateway.read(visit, ApplicationView, path, personal=True)
    if application.status != "correction_requested":
        return pages.go(request, f"/applications/{application.tracking_number}")
    filling = await use_cases.begin_correction(gateway, visit, application)
    return pages.go(request, f"{draft_path(filling)}/check")


async def _with_last_answers(
    gateway: Gateway, visit: Visit, filling: Filling, section: Section
) -> Filling:
    """Return a form with the answers of the last application where nothing was typed."""
    last = await last_answers(gateway, visit, section, filling.typed)
    return replace(filling, typed=_with_known(filling.typed, last.typed if last else {}))


def _with_known(typed: controls.Typed, prefilled: controls.Typed) -> dict[str, str]:
    """Return the input, completed with known values where a field was left empty."""
    touched = {controls.field_of(name) for name in typed}
    return {**{k: v for k, v in prefilled.items() if controls.field_of(k) not in touched}, **typed}


def _link(filling: Filling, error: ProblemFieldError, visit: Visit) -> PageError:
    """An error on the page of all answers leads to the page of its section, in its language."""
    field = controls.field_of(controls.name_of(error.pointer))
    path = visit.url(section_path(filling, section_with_error(filling, error)))
    return PageError(f"{path}#q-{field}", said_of(filling, error, visit.language))
