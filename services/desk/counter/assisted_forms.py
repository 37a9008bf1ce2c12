"""A form that an uddokta fills in with a citizen, on its way through the counter's pages.

Nothing is stored: what was typed, and the receipts of the papers, travel in the pages' own forms,
encrypted and bound to the browser and the mandate. So nobody finds one citizen's answers under the
next.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from libs.contracts.applications import ApplicationSummary, SubmittedForm
from libs.contracts.documents import AssistedDocument
from libs.contracts.mandates import (
    ApplyAssisted,
    AssistedList,
    AssistedSummary,
    MandateView,
    ProposedCorrection,
    RequestCorrection,
)
from libs.contracts.problems import ProblemFieldError
from libs.errors import Refused
from libs.ids import derived_id
from libs.pages.errors import PageError
from libs.pages.forms import controls, rules
from libs.pages.forms.filling import Filling, read_service, without_answers
from libs.pages.forms.questions import Question, Section
from libs.pages.forms.summary import has_number, names_in
from libs.pages.forms.views import (
    answers_by_section,
    said_of,
    section_values,
    section_with_error,
)
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.papers import DRAWINGS, GIVEN_BEFORE, UNNAMED, Kinds, kinds_for
from libs.pages.rendering import Pages
from libs.pages.uploads import DEADLINE_S
from libs.pages.visits import Visit
from libs.web.signed.seals import Seals
from services.desk.counter.device_calls import DeviceCalls

STATE: Final = "state"
"""The field of a form with everything that was typed."""
OF_PAPER: Final = "paper "
"""`switch` with this and the name of a paper asks for the page of that paper."""


@dataclass(frozen=True, slots=True)
class Counter:
    """What the forms at a counter need.

    Args:
        pages: renders them.
        gateway: the public API.
        calls: calls it with the proof of this device.
        seals: encrypts what was typed.
    """

    pages: Pages
    gateway: Gateway
    calls: DeviceCalls
    seals: Seals


class AssistedForm(ABC):
    """One form on its way.

    Args:
        counter: what it needs.
        request: of the browser.
        staff: the visit of the uddokta.
        filling: the form, and what was typed.
    """

    mandate: MandateView | None = None
    """With which it will be sent; None for a correction."""

    def __init__(self, counter: Counter, request: Request, staff: Visit, filling: Filling) -> None:
        self.counter = counter
        self.staff = staff
        self.filling = filling
        self._request = request
        self._papers: dict[str, dict[str, str]] = {}

    @property
    @abstractmethod
    def path(self) -> str:
        """The address of the form's answers."""

    @abstractmethod
    async def send(self) -> Response:
        """Send the form, once; return the page that follows.

        Raises:
            ApiProblem: the API does not take it.
        """

    @abstractmethod
    async def upload(
        self, files: AsyncIterator[bytes], headers: Mapping[str, str]
    ) -> AssistedDocument:
        """Pass the files of a paper on while they arrive.

        Raises:
            ApiProblem: the API does not take it.
        """

    @property
    def body(self) -> ApplyAssisted:
        """The answers with the receipts of their papers, as the API takes them."""
        body = self.filling.body
        receipts = [
            self._papers[document_id]["receipt"]
            for document_id in rules.papers_in(body)
            if document_id in self._papers
        ]
        return ApplyAssisted(form=body, documents=receipts)

    def open(self, state: str) -> None:
        """Take over what was typed on the pages before; nothing if they are another browser's."""
        content = self.counter.seals.open(state, self._purpose) or {}
        self._papers = dict(content.get("papers", {}))
        self.filling = replace(self.filling, typed=dict(content.get("typed", {})))

    def give(self, question: Question, paper: AssistedDocument) -> None:
        """Answer a question with a paper, and keep its receipt."""
        answer = str(paper.document_id)
        self._papers[answer] = {"receipt": paper.receipt, "name": paper.name or ""}
        self.filling = replace(self.filling, typed={**self.filling.typed, question.place: answer})

    def section(self, section: Section, errors: Sequence[PageError] = ()) -> Response:
        """Render the questions of a section."""
        return self._show(
            "section.html",
            status=422 if errors else 200,
            typed=self._named(),
            errors=errors,
            **section_values(self.filling, section),
        )

    def paper(self, question: Question, kinds: Kinds, *errors: PageError) -> Response:
        """Render the page on which a paper is given."""
        return self._show(
            "paper.html",
            status=errors[0].status if errors else 200,
            filling=self.filling,
            question=question,
            kind=question.upload_kind,
            specimens=kinds_for(kinds, self.filling.service, question),
            drawings=DRAWINGS,
            section=self.filling.form.section_with(controls.field_of(question.name)),
            errors=errors,
        )

    def check(
        self, wrong: Sequence[ProblemFieldError], needed: ApiProblem | None = None
    ) -> Response:
        """Render all answers, to be checked together with the citizen; errors lead to sections.

        Args:
            wrong: what is wrong with the answers.
            needed: why the citizen has to agree before they can be sent.
        """
        language = self.staff.language
        status = needed.problem.status if needed else 200
        return self._show(
            "check.html",
            status=422 if wrong else status,
            filling=self.filling,
            needed=needed.message if needed else None,
            is_compared=has_number(self.filling.form),
            sections=answers_by_section(self.filling, self._named()),
            errors=[
                PageError(
                    f"change-{section_with_error(self.filling, error).section_id}",
                    said_of(self.filling, error, language),
                )
                for error in wrong
            ],
        )

    def _named(self) -> dict[str, str]:
        """Return the typed values, with the names of papers in the place of their ids."""
        language = self.staff.language

        def name_of(document_id: str) -> str:
            paper = self._papers.get(document_id)
            unnamed = GIVEN_BEFORE if paper is None else UNNAMED
            return (paper and paper["name"]) or unnamed.in_language(language)

        typed = self.filling.typed
        return {k: name_of(v) if controls.is_paper(k) else v for k, v in typed.items()}

    @property
    def _purpose(self) -> str:
        return f"counter {self.staff.ensure_seed()} {self.filling.draft_id}"

    def _show(self, template: str, *, status: int, **values: Any) -> Response:
        content = {"typed": dict(self.filling.typed), "papers": self._papers}
        return self.counter.pages.show(
            self._request,
            template,
            status=status,
            mandate=self.mandate,
            base=self.path,
            state=self.counter.seals.seal(content, self._purpose),
            **values,
        )


class AssistedApplication(AssistedForm):
    """The application with a mandate.

    Args:
        counter: what it needs.
        request: of the browser.
        staff: the visit of the uddokta.
        filling: the form, and what was typed.
        mandate: with which it will be sent.
    """

    mandate: MandateView

    def __init__(
        self,
        counter: Counter,
        request: Request,
        staff: Visit,
        filling: Filling,
        mandate: MandateView,
    ) -> None:
        super().__init__(counter, request, staff, filling)
        self.mandate = mandate

    @property
    @override
    def path(self) -> str:
        return f"/counter/mandates/{self.mandate.mandate_id}/form"

    def check_open(self) -> None:
        """Check that the form can be filled in.

        Raises:
            Refused: the mandate waits for the consent, or is over.
        """
        if self.mandate.state != "active":
            is_early = self.mandate.state == "requested"
            raise Refused("mandate_not_active" if is_early else "mandate_ended")

    @override
    async def send(self) -> Response:
        pages, mandate = self.counter.pages, self.mandate
        mandate_id = str(mandate.mandate_id)
        try:
            number = await self.counter.calls.submit(self.staff, mandate_id, self.body)
        except ApiProblem as failure:
            if failure.code != "mandate_used":
                raise
            return pages.go(self._request, f"/counter/mandates/{mandate_id}")
        return pages.show(
            self._request,
            "payment_receipt.html",
            mandate=mandate,
            tracking_number=number,
            sent_at=self.counter.gateway.clock.now(),
            names=names_in(self.filling.form, self.filling.typed),
        )

    @override
    async def upload(
        self, files: AsyncIterator[bytes], headers: Mapping[str, str]
    ) -> AssistedDocument:
        mandate_id = str(self.mandate.mandate_id)
        return await self.counter.calls.upload(
            self.staff, mandate_id, files, headers, deadline_s=DEADLINE_S
        )


class AssistedCorrection(AssistedForm):
    """The correction of an application that the uddokta follows up.

    Args:
        counter: what it needs.
        request: of the browser.
        staff: the visit of the uddokta.
        filling: the form, and what was typed.
        number: tracking number of the application.
    """

    def __init__(
        self, counter: Counter, request: Request, staff: Visit, filling: Filling, number: str
    ) -> None:
        super().__init__(counter, request, staff, filling)
        self._number = number

    @property
    @override
    def path(self) -> str:
        return f"/counter/corrections/{self._number}"

    async def read_sent(self) -> None:
        """Begin with what was sent last."""
        path = path_of("/v1/assisted-applications/{number}/form", number=self._number)
        sent = await self.counter.gateway.read(self.staff, SubmittedForm, path, personal=True)
        typed = rules.typed_of(self.filling.form, sent.form)
        self.filling = replace(self.filling, typed=typed)

    @override
    async def send(self) -> Response:
        path = path_of("/v1/assisted-applications/{number}/corrections", number=self._number)
        try:
            await self.counter.gateway.post(self.staff, path, self.body, model=ApplicationSummary)
        except ApiProblem as failure:
            if failure.code != "consent_needed":
                raise
            return self.check([], needed=failure)
        return self.counter.pages.go(self._request, "/counter")

    async def ask(self) -> Response:
        """Keep the correction, ask the citizen whether she agrees, and go to her code's page.

        Raises:
            ApiProblem: the API does not take it.
        """
        path = path_of(
            "/v1/assisted-applications/{number}/proposed-corrections", number=self._number
        )
        gateway = self.counter.gateway
        kept = await gateway.post(self.staff, path, self.body, model=ProposedCorrection)
        made = await self.counter.calls.post_proved(
            self.staff,
            f"/v1/mandates/{kept.mandate_id}/corrections",
            RequestCorrection(correction_id=kept.correction_id, changes=kept.changes),
            model=MandateView,
        )
        return self.counter.pages.go(self._request, f"/counter/mandates/{made.mandate_id}")

    @override
    async def upload(
        self, files: AsyncIterator[bytes], headers: Mapping[str, str]
    ) -> AssistedDocument:
        path = path_of("/v1/assisted-applications/{number}/documents", number=self._number)
        return await self.counter.gateway.upload(
            self.staff, path, files, headers, model=AssistedDocument, deadline_s=DEADLINE_S
        )


async def begin_application(
    counter: Counter, request: Request, staff: Visit, mandate_id: UUID
) -> AssistedApplication:
    """Begin the application with a mandate, without answers."""
    path = f"/v1/mandates/{mandate_id}"
    mandate = await counter.gateway.read(staff, MandateView, path, personal=True)
    filling = await _begin_filling(counter.gateway, staff, mandate.public_service_id, mandate_id)
    return AssistedApplication(counter, request, staff, filling, mandate)


async def begin_correction(
    counter: Counter, request: Request, staff: Visit, number: str
) -> AssistedCorrection:
    """Begin the correction of an application that the uddokta follows up, without answers.

    Raises:
        Refused: there is no such application.
    """
    for application in await read_followed_up(counter.gateway, staff):
        if application.tracking_number == number:
            draft_id = derived_id(UUID(int=0), f"correction of {number}")
            service_id = application.public_service_id
            filling = await _begin_filling(counter.gateway, staff, service_id, draft_id)
            filling = replace(filling, note=application.correction_note)
            return AssistedCorrection(counter, request, staff, filling, number)
    raise Refused("application_unknown")


async def read_followed_up(gateway: Gateway, staff: Visit) -> list[AssistedSummary]:
    """Return all undecided applications that the uddokta sent, the newest first."""
    found: list[AssistedSummary] = []
    after: str | None = None
    while True:
        page = await gateway.read(
            staff, AssistedList, "/v1/assisted-applications", {"after": after}, personal=True
        )
        found += page.items
        after = page.next
        if after is None:
            return found


async def _begin_filling(
    gateway: Gateway, staff: Visit, service_id: str, draft_id: UUID
) -> Filling:
    """Return the form of a public service without answers."""
    return without_answers(await read_service(gateway, staff, service_id), draft_id)
