"""A form on its way through the counter's pages.

Nothing is stored: what was typed, and the receipts of the papers, travel in the pages' own forms,
encrypted and bound to the browser and the mandate. So nobody finds one citizen's answers under the
next.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.documents import AssistedDocument
from libs.contracts.mandates import ApplyAssisted, AssistedList, AssistedSummary, MandateView
from libs.contracts.problems import ProblemFieldError
from libs.errors import Refused
from libs.ids import derived_id
from libs.pages.errors import PageError
from libs.pages.forms import controls, places, rules
from libs.pages.forms.filling import Filling, read_service, without_answers
from libs.pages.forms.messages import message_of
from libs.pages.forms.questions import DATE_PARTS, Question, Section
from libs.pages.forms.summary import lines_of
from libs.pages.gateway import Gateway
from libs.pages.papers import DRAWINGS, GIVEN_BEFORE, UNNAMED, Kinds, kinds_for
from libs.pages.rendering import Pages
from libs.pages.visits import Visit, visit_of
from libs.web.signed.seals import Seals

STATE: Final = "state"
"""The field of a form with everything that was typed."""
OF_PAPER: Final = "paper "
"""`switch` with this and the name of a paper asks for the page of that paper."""


class Work:
    """One form on its way.

    Args:
        request: of the browser.
        pages: renders them.
        seals: encrypts what was typed.
        filling: the form, and what was typed.
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
        self._papers: dict[str, dict[str, str]] = {}
        self._request = request
        self._pages = pages
        self._seals = seals
        self._mandate = mandate
        self._path = (
            f"/counter/mandates/{mandate.mandate_id}"
            if mandate
            else f"/counter/corrections/{number}"
        )

    @property
    def form(self) -> ApplyAssisted:
        """The answers with the receipts of their papers, as the API takes them."""
        body = self.filling.body
        named = [each for each in rules.papers_in(body) if each in self._papers]
        return ApplyAssisted(form=body, documents=[self._papers[each]["receipt"] for each in named])

    def open(self, state: str) -> None:
        """Take over what was typed on the pages before; nothing if they are another browser's."""
        content = self._seals.open(state, self._purpose) or {}
        self._papers = dict(content.get("papers", {}))
        self.filling = replace(self.filling, typed=dict(content.get("typed", {})))

    def give(self, question: Question, paper: AssistedDocument) -> None:
        """Answer a question with a paper, and keep its receipt."""
        answer = str(paper.document_id)
        self._papers[answer] = {"receipt": paper.receipt, "name": paper.name or ""}
        self.filling = replace(self.filling, typed={**self.filling.typed, question.place: answer})

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
            typed=self._named(),
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

    def paper(self, question: Question, kinds: Kinds, *errors: PageError) -> Response:
        """Render the page on which a paper is given."""
        return self._show(
            "counter_paper.html",
            status=errors[0].status if errors else 200,
            question=question,
            kind=question.upload_kind,
            specimens=kinds_for(kinds, self.filling.service, question),
            drawings=DRAWINGS,
            section=self.filling.form.section_with(controls.field_of(question.name)),
            errors=errors,
        )

    def check(self, wrong: Sequence[ProblemFieldError]) -> Response:
        """Render all answers, to be checked together with the citizen; errors lead to sections."""
        filling, typed = self.filling, self._named()
        return self._show(
            "counter_check.html",
            status=422 if wrong else 200,
            sections=[
                (
                    section,
                    [
                        (question, list(lines_of(question, typed)))
                        for question in rules.asked(filling.form, section, filling.body)
                    ],
                )
                for section in rules.sections_asked(filling.form, filling.body)
            ],
            errors=[PageError(self._button_to(each), self._said(each)) for each in wrong],
        )

    def _said(self, wrong: ProblemFieldError) -> str:
        question = controls.question_at(self.filling.form, controls.name_of(wrong.pointer))
        language = visit_of(self._request).language
        return message_of(question, wrong.code, wrong.message, language)

    def _button_to(self, wrong: ProblemFieldError) -> str:
        field = controls.field_of(controls.name_of(wrong.pointer))
        section = self.filling.form.section_with(field) or self.filling.form.sections[0]
        return f"change-{section.section_id}"

    def _named(self) -> dict[str, str]:
        """Return the typed values, with the names of papers in the place of their ids."""
        language = visit_of(self._request).language

        def name_of(document_id: str) -> str:
            known = self._papers.get(document_id)
            unknown = GIVEN_BEFORE if known is None else UNNAMED
            return (known and known["name"]) or unknown.in_language(language)

        typed = self.filling.typed
        return {k: name_of(v) if controls.is_paper(k) else v for k, v in typed.items()}

    @property
    def _purpose(self) -> str:
        return f"counter {visit_of(self._request).ensure_seed()} {self.filling.draft_id}"

    def _show(self, template: str, *, status: int, **values: Any) -> Response:
        content = {"typed": dict(self.filling.typed), "papers": self._papers}
        return self._pages.show(
            self._request,
            template,
            status=status,
            filling=self.filling,
            mandate=self._mandate,
            base=self._path,
            state=self._seals.seal(content, self._purpose),
            **values,
        )


async def begin_application(
    request: Request, pages: Pages, gateway: Gateway, seals: Seals, acting: Visit, mandate_id: UUID
) -> Work:
    """Begin the application with a mandate, without answers.

    Raises:
        Refused: the mandate waits for the consent, or is over.
    """
    path = f"/v1/mandates/{mandate_id}"
    mandate = await gateway.read(acting, MandateView, path, personal=True)
    if mandate.state != "active":
        raise Refused("mandate_not_active" if mandate.state == "requested" else "mandate_ended")
    filling = await begin_filling(gateway, acting, mandate.public_service_id, mandate_id)
    return Work(request, pages, seals, filling, mandate=mandate)


async def begin_correction(
    request: Request, pages: Pages, gateway: Gateway, seals: Seals, acting: Visit, number: str
) -> Work:
    """Begin the correction of an application that the uddokta follows up, without answers.

    Raises:
        Refused: there is no such application.
    """
    for each in await read_followed_up(gateway, acting):
        if each.tracking_number == number:
            work_id = derived_id(UUID(int=0), f"correction of {number}")
            filling = await begin_filling(gateway, acting, each.public_service_id, work_id)
            filling = replace(filling, note=each.correction_note)
            return Work(request, pages, seals, filling, number=number)
    raise Refused("application_unknown")


async def begin_filling(gateway: Gateway, acting: Visit, service_id: str, work_id: UUID) -> Filling:
    """Return the form of a public service without answers."""
    service = await read_service(gateway, acting, service_id)
    return without_answers(service, work_id)


async def read_followed_up(gateway: Gateway, acting: Visit) -> list[AssistedSummary]:
    """Return all undecided applications that the uddokta sent, the newest first."""
    found: list[AssistedSummary] = []
    after: str | None = None
    while True:
        page = await gateway.read(
            acting, AssistedList, "/v1/assisted-applications", {"after": after}, personal=True
        )
        found += page.items
        after = page.next
        if after is None:
            return found
