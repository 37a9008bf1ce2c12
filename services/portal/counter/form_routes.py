"""Pages on which an uddokta fills in a form with a citizen, checks it with her, and sends it."""

from dataclasses import replace
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.applications import ApplicationSummary, SubmittedForm
from libs.contracts.mandates import MandateView
from libs.errors import Refused
from libs.pages.errors import PageError
from libs.pages.form_tokens import FormTokens
from libs.pages.forms import changes, controls, rules
from libs.pages.forms.filling import Filling, find_errors
from libs.pages.forms.messages import message_of
from libs.pages.forms.questions import Question, Section
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.papers import read_kinds
from libs.pages.posts import Posted, read_post
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from libs.web.signed.seals import Seals
from services.portal.counter.calls import CounterCalls
from services.portal.counter.work import (
    OF_PAPER,
    STATE,
    Work,
    begin_application,
    begin_correction,
    begin_filling,
)

routes = Routes(public=False)


@routes.get("/counter/mandates/{mandate_id}/form")
async def begin_form(
    mandate_id: UUID,
    request: Request,
    pages: Pages,
    counter_calls: CounterCalls,
    gateway: Gateway,
    seals: Seals,
) -> Response:
    """The first questions, for the citizen whom the banner names."""
    async with counter_calls.acting(request) as acting:
        work = await begin_application(request, pages, gateway, seals, acting, mandate_id)
        return work.section(work.filling.form.sections[0])


@routes.post("/counter/mandates/{mandate_id}/form")
async def answer(  # noqa: PLR0913
    mandate_id: UUID,
    request: Request,
    pages: Pages,
    counter_calls: CounterCalls,
    gateway: Gateway,
    seals: Seals,
    form_tokens: FormTokens,
) -> Response:
    """The answers of one section; then the next one, and at the end all answers."""
    posted = await read_post(request, form_tokens)
    async with counter_calls.acting(request) as acting:
        work = await begin_application(request, pages, gateway, seals, acting, mandate_id)
        work.open(posted.get(STATE, ""))
        return await _next_page(gateway, acting, work, posted)


@routes.post("/counter/mandates/{mandate_id}/send")
async def send(  # noqa: PLR0913
    mandate_id: UUID,
    request: Request,
    pages: Pages,
    counter_calls: CounterCalls,
    gateway: Gateway,
    seals: Seals,
    form_tokens: FormTokens,
) -> Response:
    """Send the application, once; a repeat leads to the same receipt.

    Raises:
        ApiProblem: the API does not take it, for another reason than its answers.
    """
    posted = await read_post(request, form_tokens)
    async with counter_calls.acting(request) as acting:
        path = f"/v1/mandates/{mandate_id}"
        mandate = await gateway.read(acting, MandateView, path, personal=True)
        filling = await begin_filling(gateway, acting, mandate.public_service_id, mandate_id)
        work = Work(request, pages, seals, filling, mandate=mandate)
        work.open(posted.get(STATE, ""))
        try:
            number = await counter_calls.submit(acting, str(mandate_id), work.form)
        except ApiProblem as failure:
            if failure.code == "mandate_used":
                return pages.go(request, f"/counter/mandates/{mandate_id}")
            if failure.code != "form_invalid":
                raise
            return work.check(failure.problem.errors)
        return pages.show(
            request,
            "counter_receipt.html",
            mandate=mandate,
            tracking_number=number,
            sent_at=counter_calls.clock.now(),
        )


@routes.get("/counter/corrections/{number}")
async def show_correction(
    number: str,
    request: Request,
    pages: Pages,
    counter_calls: CounterCalls,
    gateway: Gateway,
    seals: Seals,
) -> Response:
    """What was sent last, and what the ministry asks to correct."""
    async with counter_calls.acting(request) as acting:
        work = await begin_correction(request, pages, gateway, seals, acting, number)
        path = path_of("/v1/assisted-applications/{number}/form", number=number)
        sent = await gateway.read(acting, SubmittedForm, path, personal=True)
        typed = rules.typed_of(work.filling.form, sent.form)
        work.filling = replace(work.filling, typed=typed)
        return work.check([])


@routes.post("/counter/corrections/{number}")
async def correct(  # noqa: PLR0913
    number: str,
    request: Request,
    pages: Pages,
    counter_calls: CounterCalls,
    gateway: Gateway,
    seals: Seals,
    form_tokens: FormTokens,
) -> Response:
    """The answers of one section, or all of them, which are sent to the ministry again.

    Raises:
        ApiProblem: the API does not take it, for another reason than its answers.
    """
    posted = await read_post(request, form_tokens)
    async with counter_calls.acting(request) as acting:
        work = await begin_correction(request, pages, gateway, seals, acting, number)
        work.open(posted.get(STATE, ""))
        if posted.get("action") != "send":
            return await _next_page(gateway, acting, work, posted)
        path = path_of("/v1/assisted-applications/{number}/corrections", number=number)
        try:
            await gateway.post(acting, path, work.form, model=ApplicationSummary)
        except ApiProblem as failure:
            if failure.code != "form_invalid":
                raise
            return work.check(failure.problem.errors)
    return pages.go(request, "/counter")


async def _next_page(gateway: Gateway, acting: Visit, work: Work, posted: Posted) -> Response:
    """Take the answers of a section, if the page has any, and go where the button leads."""
    filling, switched_on = work.filling, posted.get("switch", "")
    if posted.get("goto"):
        return work.section(_section(filling, posted.get("goto", "")))
    if switched_on == "check":
        return work.check(await find_errors(gateway, acting, filling))
    if switched_on.startswith(OF_PAPER):
        question = _paper(filling, switched_on.removeprefix(OF_PAPER))
        return work.paper(question, await read_kinds(gateway, acting))
    section = _section(filling, posted.get("section", ""))
    filling = replace(filling, typed=controls.typed_in(section, posted, filling.typed))
    changed = changes.changed_by_button(filling, section, posted)
    work.filling = changed or filling
    paper = changes.paper_asked_for(filling, section, posted)
    if paper:
        return work.paper(paper, await read_kinds(gateway, acting))
    if changed or switched_on:
        return work.section(section)
    return await _page_after(gateway, acting, work, section, posted)


async def _page_after(
    gateway: Gateway, acting: Visit, work: Work, section: Section, posted: Posted
) -> Response:
    """Check the answers of a section; lead to the next one, or to all answers."""
    filling = work.filling
    asked = rules.asked(filling.form, section, filling.body)
    found = await find_errors(gateway, acting, filling, [each.name for each in asked])
    shown = controls.shown_controls(asked, filling.typed)
    known = {*posted.get("shown", "").split(), *filling.typed}
    errors = []
    for one in found:
        place = controls.place_of(one.pointer, filling.form, shown)
        question = controls.question_at(filling.form, controls.name_of(one.pointer))
        message = message_of(question, one.code, one.message, acting.language)
        if place in known:
            errors.append(PageError(place, message))
    if errors or not shown <= known:
        return work.section(section, errors)
    sections = rules.sections_asked(filling.form, filling.body)
    after = sections[sections.index(section) + 1 :] if section in sections else []
    if after and posted.get("action") != "check":
        return work.section(after[0])
    return work.check(await find_errors(gateway, acting, filling))


def _section(filling: Filling, section_id: str) -> Section:
    section = filling.form.section(section_id)
    if section is None:
        raise Refused("not_found")
    return section


def _paper(filling: Filling, name: str) -> Question:
    question = controls.question_at(filling.form, name)
    if question is None or question.kind != "paper":
        raise Refused("not_found")
    return question
