"""Pages on which an uddokta fills in a form with a citizen, checks it with her, and sends it.

Each page has an address, and each form leads to one: so the browser's Back works.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.problems import ProblemFieldError
from libs.pages.errors import PageError
from libs.pages.forms import changes, controls, rules
from libs.pages.forms.filling import find_errors
from libs.pages.forms.questions import Section
from libs.pages.forms.versions import ChangedElsewhere, check_same, version_of
from libs.pages.forms.views import find_section, section_errors
from libs.pages.gateway import ApiProblem
from libs.pages.posts import Posted
from libs.web.handling.routes import Routes
from services.desk.counter.assisted_forms import (
    AssistedForm,
    Counter,
    begin_application,
    begin_correction,
)
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)
_REFUSED: Final = "refused_answers"
_ELSEWHERE: Final = "elsewhere"
_MOST_SAID: Final = 5
"""Errors that a cookie takes to the next page; the others are said at the next try."""


@routes.get("/counter/mandates/{mandate_id}/form")
async def begin_form(
    mandate_id: UUID, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """Go to the first questions, for the citizen named in the banner."""
    form = await begin_application(counter, request, staff, mandate_id)
    if form.mandate.state == "used":
        await form.read()
        return await form.after_sending()
    form.check_open()
    await form.begin()
    return form.go(f"/steps/{form.filling.form.sections[0].section_id}")


@routes.get("/counter/mandates/{mandate_id}/form/steps/{section_id}")
async def show_section(
    mandate_id: UUID, section_id: str, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """The questions of one section; once the form was sent, its receipt."""
    form = await begin_application(counter, request, staff, mandate_id)
    if await _is_sent(form):
        return await form.after_sending()
    form.check_open()
    await form.read_begun()
    return await _section(form, section_id, request)


@routes.post("/counter/mandates/{mandate_id}/form/steps/{section_id}")
async def answer_section(
    mandate_id: UUID,
    section_id: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    counter: Counter,
) -> Response:
    """Store the answers of one section, and go where the button leads."""
    form = await begin_application(counter, request, staff, mandate_id)
    form.check_open()
    return await _answer(form, section_id, posted)


@routes.get("/counter/mandates/{mandate_id}/form/check")
async def show_answers(
    mandate_id: UUID, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """All answers, to be checked together with the citizen; once sent, the receipt."""
    form = await begin_application(counter, request, staff, mandate_id)
    if await _is_sent(form):
        return await form.after_sending()
    form.check_open()
    await form.read_begun()
    return await _check(form, request)


@routes.post("/counter/mandates/{mandate_id}/form/check")
async def send_answers(
    mandate_id: UUID, request: Request, posted: Posted, staff: StaffVisit, counter: Counter
) -> Response:
    """Send the application, once; a form that is sent again leads to the same receipt."""
    return await _send(await begin_application(counter, request, staff, mandate_id), posted)


@routes.get("/counter/mandates/{mandate_id}/receipt")
async def show_receipt(
    mandate_id: UUID, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """The payment receipt of an application that was just sent."""
    form = await begin_application(counter, request, staff, mandate_id)
    await form.read()
    return await form.after_sending()


@routes.get("/counter/corrections/{number}")
async def begin_correcting(
    number: str, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """Show the answers submitted last, and the ministry's request for correction."""
    form = await begin_correction(counter, request, staff, number)
    await form.begin()
    return await (form.after_sending() if form.sent is not None else _check(form, request))


@routes.get("/counter/corrections/{number}/check")
async def show_correction(
    number: str, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """All answers, to be checked together with the citizen, who may have to agree to them."""
    form = await begin_correction(counter, request, staff, number)
    await form.read_begun()
    return await (form.after_sending() if form.sent is not None else _check(form, request))


@routes.post("/counter/corrections/{number}/check")
async def correct(
    number: str, request: Request, posted: Posted, staff: StaffVisit, counter: Counter
) -> Response:
    """Send the answers to the ministry again.

    If they change who the applicant is, the citizen is asked first.
    """
    form = await begin_correction(counter, request, staff, number)
    if posted.get("action") == "ask":
        await form.read_begun()
        return await form.ask()
    return await _send(form, posted)


@routes.get("/counter/corrections/{number}/steps/{section_id}")
async def show_section_to_correct(
    number: str, section_id: str, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """The questions of one section."""
    form = await begin_correction(counter, request, staff, number)
    await form.read_begun()
    if form.sent is not None:
        return await form.after_sending()
    return await _section(form, section_id, request)


@routes.post("/counter/corrections/{number}/steps/{section_id}")
async def answer_section_to_correct(
    number: str,
    section_id: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    counter: Counter,
) -> Response:
    """Store the answers of one section, and go where the button leads."""
    form = await begin_correction(counter, request, staff, number)
    return await _answer(form, section_id, posted)


async def _is_sent(form: AssistedForm) -> bool:
    await form.read()
    return form.sent is not None


async def _answer(form: AssistedForm, section_id: str, posted: Posted) -> Response:
    """Store the answers of a section; where another window has stored others, show both."""
    await form.read_begun()
    if form.sent is not None:
        return form.go("/check")
    stored, section = form.filling, find_section(form.filling, section_id)
    typed = controls.typed_in(section, posted, stored.typed)
    form.filling = replace(stored, typed=typed)
    try:
        check_same(stored.typed, typed, section, posted.get("version", ""))
    except ChangedElsewhere:
        form.filling = stored
        form.not_stored = {**form.not_stored, section.section_id: dict(typed)}
        await form.save()
        return form.go(f"/steps/{section.section_id}?{_ELSEWHERE}=yes")
    paper = changes.paper_asked_for(form.filling, section, posted)
    changed = changes.changed_by_button(form.filling, section, posted)
    form.filling = changed or form.filling
    form.answerable = {**form.answerable, section.section_id: posted.get("shown", "")}
    form.not_stored = {k: v for k, v in form.not_stored.items() if k != section.section_id}
    await form.save()
    if paper:
        return form.go(f"/papers/{paper.name}")
    if changed or posted.get("switch"):
        return form.go(f"/steps/{section.section_id}")
    return await _page_after(form, section)


async def _page_after(form: AssistedForm, section: Section) -> Response:
    """Check the answers of a section; lead to the next one, or to all answers."""
    filling = form.filling
    errors, is_complete = await _errors_of(form, section)
    if errors:
        return form.go(f"/steps/{section.section_id}?wrong=yes")
    if not is_complete:
        return form.go(f"/steps/{section.section_id}")
    sections = rules.sections_asked(filling.form, filling.body)
    after = sections[sections.index(section) + 1 :] if section in sections else []
    if form.mandate is None:  # a correction has all answers already
        after = []
    return form.go(f"/steps/{after[0].section_id}" if after else "/check")


async def _errors_of(form: AssistedForm, section: Section) -> tuple[list[PageError], bool]:
    """Return the errors in the answers of a section, and whether all its controls were posted.

    A question that was not on the page is not wrong yet.
    """
    filling = form.filling
    questions = rules.questions_asked(filling.form, section, filling.body)
    names = [question.name for question in questions]
    found = await find_errors(form.counter.gateway, form.staff, filling, names)
    shown = controls.shown_controls(questions, filling.typed)
    answerable = {*form.answerable.get(section.section_id, "").split(), *filling.typed}
    errors = section_errors(filling, found, shown, answerable, form.staff.language)
    return errors, shown <= answerable


async def _section(form: AssistedForm, section_id: str, request: Request) -> Response:
    """Show the questions of a section; with the errors, if the browser was sent back to it."""
    section = find_section(form.filling, section_id)
    here = form.not_stored.get(section_id)
    if here is not None and _ELSEWHERE in request.query_params:  # to see what two windows have
        stored, form.filling = form.filling.typed, replace(form.filling, typed=here)
        return form.section(section, stored=stored)
    errors = (await _errors_of(form, section))[0] if "wrong" in request.query_params else []
    return form.section(section, errors)


async def _send(form: AssistedForm, posted: Posted) -> Response:
    """Send the form; show the answers again if they were changed, or the API does not take them.

    Raises:
        ApiProblem: the API does not take it, for another reason than its answers.
    """
    await form.read_begun()
    if form.sent is not None:
        return form.go("/check")
    if posted.get("version") != version_of(form.filling.typed):
        return form.go("/check?changed=yes")
    try:
        return await form.send()
    except ApiProblem as failure:
        if failure.code != "form_invalid":
            raise
        errors = [error.model_dump() for error in failure.problem.errors[:_MOST_SAID]]
        form.staff.keep(**{_REFUSED: errors})
        return form.go("/check?refused=yes")


async def _check(form: AssistedForm, request: Request) -> Response:
    """Show all answers, with the errors that the API finds, and why the browser was sent here."""
    wrong = list(await find_errors(form.counter.gateway, form.staff, form.filling))
    if "refused" in request.query_params:  # what the form alone does not show, such as whose it is
        said = [ProblemFieldError(**error) for error in form.staff.take(_REFUSED) or []]
        wrong += [error for error in said if error not in wrong]
    return form.check(
        wrong,
        is_changed="changed" in request.query_params,
        is_unchanged=await form.is_unchanged(),
        needs_consent="consent" in request.query_params,
    )
