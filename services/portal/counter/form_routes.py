"""Pages on which an uddokta fills in a form with a citizen, checks it with her, and sends it.

Nothing is stored: what was typed travels in the pages' own forms, encrypted and bound to the
browser and the mandate. So nobody finds one citizen's answers under the next.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.applications import ApplicationSummary, SubmittedForm
from libs.contracts.mandates import ApplyAssisted, AssistedList, AssistedSummary, MandateView
from libs.errors import Refused
from libs.ids import derived_id
from libs.web.routes import Routes
from libs.web.seals import Seals
from services.portal.counter.desk import Desk
from services.portal.form_tokens import FormTokens
from services.portal.forms import controls, places, rules, use_cases
from services.portal.forms.messages import message_of
from services.portal.forms.questions import DATE_PARTS, Section, read_form
from services.portal.forms.summary import lines_of
from services.portal.forms.use_cases import Filling
from services.portal.gateway import ApiProblem, Gateway, path_of
from services.portal.pages.errors import PageError
from services.portal.pages.rendering import Pages
from services.portal.posts import Posted, read_post
from services.portal.visits import Visit, visit_of

routes = Routes(public=False)
_STATE = "state"


@routes.get("/counter/mandates/{mandate_id}/form")
async def begin_form(
    mandate_id: UUID,
    request: Request,
    pages: Pages,
    desk: Desk,
    gateway: Gateway,
    seals: Seals,
) -> Response:
    """The first questions, for the citizen whom the banner names."""
    async with desk.acting(request) as acting:
        mandate = await _active(gateway, acting, mandate_id)
        filling = await _filling(gateway, acting, mandate.public_service_id, mandate_id, {})
        work = _Work(request, pages, seals, filling, mandate=mandate)
        return work.section(filling.form.sections[0])


@routes.post("/counter/mandates/{mandate_id}/form")
async def answer(  # noqa: PLR0913
    mandate_id: UUID,
    request: Request,
    pages: Pages,
    desk: Desk,
    gateway: Gateway,
    seals: Seals,
    form_tokens: FormTokens,
) -> Response:
    """The answers of one section; then the next one, and at the end all answers."""
    posted = await read_post(request, form_tokens)
    async with desk.acting(request) as acting:
        mandate = await _active(gateway, acting, mandate_id)
        typed = _opened(seals, visit_of(request), mandate_id, posted)
        filling = await _filling(gateway, acting, mandate.public_service_id, mandate_id, typed)
        work = _Work(request, pages, seals, filling, mandate=mandate)
        return await _next_page(gateway, acting, work, posted)


@routes.post("/counter/mandates/{mandate_id}/send")
async def send(  # noqa: PLR0913
    mandate_id: UUID,
    request: Request,
    pages: Pages,
    desk: Desk,
    gateway: Gateway,
    seals: Seals,
    form_tokens: FormTokens,
) -> Response:
    """Send the application, once; a repeat leads to the same receipt.

    Raises:
        ApiProblem: the API does not take it, for another reason than its answers.
    """
    posted = await read_post(request, form_tokens)
    async with desk.acting(request) as acting:
        path = f"/v1/mandates/{mandate_id}"
        mandate = await gateway.read(acting, MandateView, path, personal=True)
        typed = _opened(seals, visit_of(request), mandate_id, posted)
        filling = await _filling(gateway, acting, mandate.public_service_id, mandate_id, typed)
        work = _Work(request, pages, seals, filling, mandate=mandate)
        try:
            form = ApplyAssisted(form=filling.body)
            number = await desk.submit(acting, str(mandate_id), form)
        except ApiProblem as failure:
            if failure.code == "mandate_used":
                return pages.go(request, f"/counter/mandates/{mandate_id}")
            if failure.code != "form_invalid":
                raise
            return work.check([PageError("send", each.message) for each in failure.problem.errors])
        return pages.show(
            request,
            "counter_receipt.html",
            mandate=mandate,
            number=number,
            sent_at=desk.clock.now(),
        )


@routes.get("/counter/corrections/{number}")
async def begin_correction(
    number: str,
    request: Request,
    pages: Pages,
    desk: Desk,
    gateway: Gateway,
    seals: Seals,
) -> Response:
    """What was sent last, and what the ministry asks to correct."""
    async with desk.acting(request) as acting:
        assisted = await _assisted(gateway, acting, number)
        path = path_of("/v1/assisted-applications/{number}/form", number=number)
        sent = await gateway.read(acting, SubmittedForm, path, personal=True)
        work_id = _correction_id(number)
        filling = await _filling(gateway, acting, assisted.public_service_id, work_id, {})
        filling = replace(
            filling, typed=rules.typed_of(filling.form, sent.form), note=assisted.correction_note
        )
        return _Work(request, pages, seals, filling, number=number).check([])


@routes.post("/counter/corrections/{number}")
async def correct(  # noqa: PLR0913
    number: str,
    request: Request,
    pages: Pages,
    desk: Desk,
    gateway: Gateway,
    seals: Seals,
    form_tokens: FormTokens,
) -> Response:
    """The answers of one section, or all of them, which are sent to the ministry again.

    Raises:
        ApiProblem: the API does not take it, for another reason than its answers.
    """
    posted = await read_post(request, form_tokens)
    async with desk.acting(request) as acting:
        assisted = await _assisted(gateway, acting, number)
        work_id = _correction_id(number)
        typed = _opened(seals, visit_of(request), work_id, posted)
        filling = await _filling(gateway, acting, assisted.public_service_id, work_id, typed)
        filling = replace(filling, note=assisted.correction_note)
        work = _Work(request, pages, seals, filling, number=number)
        if posted.get("action") != "send":
            return await _next_page(gateway, acting, work, posted)
        path = path_of("/v1/assisted-applications/{number}/corrections", number=number)
        form = ApplyAssisted(form=filling.body)
        try:
            await gateway.post(acting, path, form, model=ApplicationSummary)
        except ApiProblem as failure:
            if failure.code != "form_invalid":
                raise
            return work.check([PageError("send", each.message) for each in failure.problem.errors])
    return pages.go(request, "/counter")


class _Work:
    """One form on its way through the counter's pages.

    Args:
        request: of the browser.
        pages: renders them.
        seals: encrypts what was typed.
        filling: the form and what was typed.
        mandate: with which it will be sent; None for a correction.
        number: tracking number of the application that is corrected.
    """

    def __init__(
        self,
        request: Request,
        pages: Pages,
        seals: Seals,
        filling: Filling,
        *,
        mandate: MandateView | None = None,
        number: str = "",
    ) -> None:
        self.filling = filling
        self._request = request
        self._pages = pages
        self._seals = seals
        self._mandate = mandate
        self._path = (
            f"/counter/mandates/{mandate.mandate_id}"
            if mandate
            else f"/counter/corrections/{number}"
        )

    def section(self, section: Section, errors: list[PageError] | None = None) -> Response:
        """Render the questions of a section."""
        filling = self.filling
        asked = rules.asked(filling.form, section, filling.body)
        sections = rules.sections_asked(filling.form, filling.body)
        return self._show(
            "counter_section.html",
            status=422 if errors else 200,
            section=section,
            questions=asked,
            required=rules.required_by(filling.form, filling.body),
            typed=filling.typed,
            errors=errors or [],
            shown=" ".join(sorted(controls.shown_controls(asked, filling.typed))),
            step=sections.index(section) + 1 if section in sections else 1,
            steps=len(sections),
            rows_of=controls.rows_of,
            date_parts=DATE_PARTS,
            districts=places.districts_by_division(),
            areas_in=places.areas_in,
            unions_in=places.unions_in,
        )

    def check(self, errors: list[PageError]) -> Response:
        """Render all answers, to be checked together with the citizen."""
        filling = self.filling
        return self._show(
            "counter_check.html",
            status=422 if errors else 200,
            sections=[
                (
                    section,
                    [
                        (question, list(lines_of(question, filling.typed)))
                        for question in rules.asked(filling.form, section, filling.body)
                    ],
                )
                for section in rules.sections_asked(filling.form, filling.body)
            ],
            errors=errors,
        )

    def _show(self, template: str, *, status: int, **values: Any) -> Response:
        visit = visit_of(self._request)
        purpose = _purpose(visit, self.filling.draft_id)
        state = self._seals.seal({"typed": dict(self.filling.typed)}, purpose)
        return self._pages.show(
            self._request,
            template,
            status=status,
            filling=self.filling,
            mandate=self._mandate,
            base=self._path,
            state=state,
            **values,
        )


async def _next_page(gateway: Gateway, acting: Visit, work: _Work, posted: Posted) -> Response:
    """Take the answers of a section, and go where the button leads."""
    filling, wanted = work.filling, posted.get("section", "")
    if posted.get("goto"):
        return work.section(_section(filling, posted.get("goto", "")))
    section = _section(filling, wanted)
    filling = replace(filling, typed=controls.typed_in(section, posted, filling.typed))
    work.filling = _with_rows_changed(filling, section, posted) or filling
    if work.filling is not filling:
        return work.section(section)
    asked = rules.asked(filling.form, section, filling.body)
    found = await use_cases.find_errors(gateway, acting, filling, [each.name for each in asked])
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
    whole = await use_cases.find_errors(gateway, acting, filling)
    return work.check([PageError("send", each.message) for each in whole])


def _with_rows_changed(filling: Filling, section: Section, posted: Posted) -> Filling | None:
    for question in section.questions:
        if posted.get("add") == question.name:
            return replace(filling, typed=controls.with_more_rows(question, filling.typed))
        for number in range(controls.rows_of(question, filling.typed)):
            if posted.get("remove") == f"{question.name}.{number}":
                return replace(filling, typed=controls.without_row(question, filling.typed, number))
    return None


def _section(filling: Filling, section_id: str) -> Section:
    section = filling.form.section(section_id)
    if section is None:
        raise Refused("not_found")
    return section


async def _active(gateway: Gateway, acting: Visit, mandate_id: UUID) -> MandateView:
    """Return a mandate with which an application can be sent now.

    Raises:
        Refused: it waits for the consent, or is over.
    """
    path = f"/v1/mandates/{mandate_id}"
    mandate = await gateway.read(acting, MandateView, path, personal=True)
    if mandate.state != "active":
        raise Refused("mandate_not_active" if mandate.state == "requested" else "mandate_ended")
    return mandate


async def _assisted(gateway: Gateway, acting: Visit, number: str) -> AssistedSummary:
    listed = await gateway.read(acting, AssistedList, "/v1/assisted-applications", personal=True)
    for each in listed.items:
        if each.tracking_number == number:
            return each
    raise Refused("application_unknown")


async def _filling(
    gateway: Gateway, acting: Visit, service_id: str, work_id: UUID, typed: Mapping[str, str]
) -> Filling:
    service = await use_cases.read_service(gateway, acting, service_id)
    return Filling(
        draft_id=work_id,
        service=service,
        form=read_form(service.form, service.form_sections),
        typed=typed,
        seen=(),
        revision=0,
        form_version=service.form_version,
    )


def _opened(seals: Seals, visit: Visit, work_id: UUID, posted: Posted) -> dict[str, str]:
    """Return what was typed on the pages before; nothing if they are another browser's."""
    content = seals.open(posted.get(_STATE, ""), _purpose(visit, work_id)) or {}
    return dict(content.get("typed", {}))


def _purpose(visit: Visit, work_id: UUID) -> str:
    return f"counter {visit.ensure_seed()} {work_id}"


def _correction_id(number: str) -> UUID:
    return derived_id(UUID(int=0), f"correction of {number}")
