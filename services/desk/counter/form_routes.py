"""Pages on which an uddokta fills in a form with a citizen, checks it with her, and sends it."""

from dataclasses import replace
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.pages.forms import changes, controls, rules
from libs.pages.forms.filling import find_errors
from libs.pages.forms.questions import Section
from libs.pages.forms.views import find_paper, find_section, section_errors
from libs.pages.gateway import ApiProblem
from libs.pages.papers import read_kinds
from libs.pages.posts import Posted
from libs.web.handling.routes import Routes
from services.desk.counter.assisted_forms import (
    OF_PAPER,
    STATE,
    AssistedForm,
    Counter,
    begin_application,
    begin_correction,
)
from services.desk.staff.sessions import StaffVisit

routes = Routes(public=False)


@routes.get("/counter/mandates/{mandate_id}/form")
async def begin_form(
    mandate_id: UUID, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """The first questions, for the citizen whom the banner names."""
    form = await begin_application(counter, request, staff, mandate_id)
    form.check_open()
    return form.section(form.filling.form.sections[0])


@routes.post("/counter/mandates/{mandate_id}/form")
async def answer(
    mandate_id: UUID, request: Request, posted: Posted, staff: StaffVisit, counter: Counter
) -> Response:
    """The answers of one section; then the next one, all answers, or the payment receipt.

    A form that is sent again leads to the same payment receipt.
    """
    form = await begin_application(counter, request, staff, mandate_id)
    if posted.get("action") != "send":
        form.check_open()
    return await _next_page(form, posted)


@routes.get("/counter/corrections/{number}")
async def show_correction(
    number: str, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """What was sent last, and what the ministry asks to correct."""
    form = await begin_correction(counter, request, staff, number)
    await form.read_sent()
    return form.check([])


@routes.post("/counter/corrections/{number}")
async def correct(
    number: str, request: Request, posted: Posted, staff: StaffVisit, counter: Counter
) -> Response:
    """The answers of one section, or all of them, which are sent to the ministry again.

    If they change who the applicant is, the citizen is asked first.
    """
    form = await begin_correction(counter, request, staff, number)
    if posted.get("action") == "ask":
        form.open(posted.get(STATE, ""))
        return await form.ask()
    return await _next_page(form, posted)


async def _next_page(form: AssistedForm, posted: Posted) -> Response:
    """Take the answers of a section, if the page has any, and go where the button leads."""
    form.open(posted.get(STATE, ""))
    if posted.get("action") == "send":
        return await _send(form)
    filling, switched_on = form.filling, posted.get("switch", "")
    if posted.get("goto"):
        return form.section(find_section(filling, posted.get("goto", "")))
    if switched_on == "check":
        return await _check(form)
    if switched_on.startswith(OF_PAPER):
        question, _ = find_paper(filling, switched_on.removeprefix(OF_PAPER))
        return form.paper(question, await read_kinds(form.counter.gateway, form.staff))
    section = find_section(filling, posted.get("section", ""))
    filling = replace(filling, typed=controls.typed_in(section, posted, filling.typed))
    changed = changes.changed_by_button(filling, section, posted)
    form.filling = changed or filling
    paper = changes.paper_asked_for(filling, section, posted)
    if paper:
        return form.paper(paper, await read_kinds(form.counter.gateway, form.staff))
    if changed or switched_on:
        return form.section(section)
    return await _page_after(form, section, posted)


async def _send(form: AssistedForm) -> Response:
    """Send the form; show the answers again if the API does not take them.

    Raises:
        ApiProblem: the API does not take it, for another reason than its answers.
    """
    try:
        return await form.send()
    except ApiProblem as failure:
        if failure.code != "form_invalid":
            raise
        return form.check(failure.problem.errors)


async def _page_after(form: AssistedForm, section: Section, posted: Posted) -> Response:
    """Check the answers of a section; lead to the next one, or to all answers."""
    filling = form.filling
    questions = rules.questions_asked(filling.form, section, filling.body)
    names = [question.name for question in questions]
    found = await find_errors(form.counter.gateway, form.staff, filling, names)
    shown = controls.shown_controls(questions, filling.typed)
    answerable = {*posted.get("shown", "").split(), *filling.typed}
    errors = section_errors(filling, found, shown, answerable, form.staff.language)
    if errors or not shown <= answerable:
        return form.section(section, errors)
    sections = rules.sections_asked(filling.form, filling.body)
    after = sections[sections.index(section) + 1 :] if section in sections else []
    if after and posted.get("action") != "check":
        return form.section(after[0])
    return await _check(form)


async def _check(form: AssistedForm) -> Response:
    """Show all answers, with what the API finds wrong."""
    return form.check(await find_errors(form.counter.gateway, form.staff, form.filling))
