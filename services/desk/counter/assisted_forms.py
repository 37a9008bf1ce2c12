"""A form that an uddokta fills in with a citizen, on its way through the counter's pages.

What was typed, and the receipts of the papers, are a draft of the counter at the API, under the id
of the mandate, and gone after two hours. So each page has an address, the browser's Back shows what
is stored, and nothing stays on the device.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from string import digits
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from libs.bangladesh.text import ascii_digits
from libs.contracts.applications import (
    ApplicationSummary,
    AssistedList,
    AssistedSummary,
    SubmittedForm,
)
from libs.contracts.documents import AssistedDocument
from libs.contracts.language import Text
from libs.contracts.mandates import (
    FEE_DAYS,
    ApplyAssisted,
    AssistedTrackingCode,
    CounterDraft,
    MandateView,
    ProposedCorrection,
    RequestCorrection,
)
from libs.contracts.problems import PROBLEMS, ProblemFieldError
from libs.errors import Refused, Unavailable
from libs.ids import derived_id
from libs.pages.errors import PageError
from libs.pages.forms import controls, rules
from libs.pages.forms.filling import Filling, read_service, without_answers
from libs.pages.forms.questions import Form, Question, Section
from libs.pages.forms.summary import Line, has_number, names_in
from libs.pages.forms.versions import differences, version_of
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
from libs.web.calling.client import StreamedReply
from services.desk.counter.device_calls import DeviceCalls

_SENT: Final = "sent"
_PICTURE_DEADLINE_S: Final = 10.0
_BEGIN_ANEW: Final = Text(bn="আবার শুরু করুন", en="Begin again")
_TO_COUNTER: Final = Text(bn="কাউন্টার", en="Counter")
_FORM: Final = re.compile(r"/counter/(?:mandates/[^/]+/form|corrections/[^/]+)")


def way_on(code: str, path: str) -> tuple[str, Text] | None:
    """Return where one goes on after a problem with a code, from an address of the counter."""
    form = _FORM.match(path)
    if code == "counter_draft_unknown" and form:
        return form[0], _BEGIN_ANEW
    return ("/counter", _TO_COUNTER) if path.startswith("/counter/") and code in _OVER else None


_NID_DIGITS: Final = frozenset({10, 13})
_IDENTITY_KIND: Final = "identity_kind"
_OVER: Final = frozenset({"application_unknown", "correction_not_asked", "mandate_ended"})


@dataclass(frozen=True, slots=True)
class Counter:
    """The values that the forms at a counter need.

    Args:
        pages: renders them.
        gateway: the public API.
        calls: calls it with the proof of this device.
    """

    pages: Pages
    gateway: Gateway
    calls: DeviceCalls


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
    correction_of: str | None = None
    """Tracking number of the application that it corrects; None for a new one."""

    def __init__(self, counter: Counter, request: Request, staff: Visit, filling: Filling) -> None:
        self.counter = counter
        self.staff = staff
        self.filling = filling
        self._request = request
        self._papers: dict[str, dict[str, str]] = {}
        self.answerable: Mapping[str, str] = {}
        """The controls that were on the page of each section when it was answered."""
        self.not_stored: Mapping[str, controls.Typed] = {}
        """The answers typed in a section of which another window had stored others."""
        self.sent: Mapping[str, Any] | None = None
        """What the payment receipt shows, once the form was sent; None before."""

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
    async def after_sending(self) -> Response:
        """Return the page that follows once the form was sent, also when it is opened again."""

    @abstractmethod
    async def upload(
        self, files: AsyncIterator[bytes], headers: Mapping[str, str]
    ) -> AssistedDocument:
        """Pass the files of a paper on while they arrive.

        Raises:
            ApiProblem: the API does not take it.
        """

    @abstractmethod
    def picture(self, document_id: UUID) -> AbstractAsyncContextManager[StreamedReply]:
        """Yield the small picture of a paper that was uploaded for this form."""

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

    async def read(self) -> bool:
        """Load the stored draft; return whether there is one.

        Raises:
            ApiProblem: it cannot be read.
        """
        try:
            stored = await self.counter.gateway.read(
                self.staff, CounterDraft, self._draft_path, personal=True
            )
        except ApiProblem as failure:
            if failure.code != "counter_draft_unknown":
                raise
            return False
        answers = stored.answers
        self._papers, self.sent = dict(answers.get("papers", {})), answers.get(_SENT)
        self.answerable = answers.get("answerable", {})
        self.not_stored = answers.get("not_stored", {})
        self.filling = replace(self.filling, typed=dict(answers.get("typed", {})))
        return True

    async def read_begun(self) -> None:
        """Load the stored draft.

        Raises:
            ApiProblem: it cannot be read.
            Refused: the form was not begun, or its draft is gone.
        """
        if not await self.read():
            raise Refused("counter_draft_unknown")

    async def begin(self) -> None:
        """Load the stored draft; without one, begin the form."""
        if not await self.read():
            await self.save()

    async def save(self) -> None:
        """Store the draft, and the receipts of the papers."""
        answers: dict[str, Any] = {
            "typed": dict(self.filling.typed),
            "papers": self._papers,
            "answerable": dict(self.answerable),
            "not_stored": dict(self.not_stored),
        }
        if self.sent is not None:
            answers = {_SENT: dict(self.sent)}
        draft = CounterDraft(answers=answers, correction_of=self.correction_of)
        await self.counter.gateway.do(self.staff, "PUT", self._draft_path, draft)

    async def give(self, question: Question, paper: AssistedDocument) -> None:
        """Answer a question with a paper, and keep its receipt; other answers stay as stored."""
        await self.read_begun()
        answer = str(paper.document_id)
        self._papers[answer] = {"receipt": paper.receipt, "name": paper.name or ""}
        self.filling = replace(self.filling, typed={**self.filling.typed, question.place: answer})
        await self.save()

    def go(self, page: str = "") -> Response:
        """Send the browser to a page of the form, such as `/check`."""
        return self.counter.pages.go(self._request, f"{self.path}{page}")

    def section(
        self,
        section: Section,
        errors: Sequence[PageError] = (),
        stored: controls.Typed | None = None,
    ) -> Response:
        """Render the questions of a section.

        Args:
            section: the section.
            errors: what is wrong.
            stored: everything as another window has stored it meanwhile; None if none has.
        """
        language, typed = self.staff.language, self.filling.typed
        return self._show(
            "section.html",
            status=409 if stored is not None else 422 if errors else 200,
            typed=self._named(),
            version=version_of(typed if stored is None else stored, section.questions),
            differences=[] if stored is None else differences(section, stored, typed, language),
            errors=errors,
            pictures={
                name: f"{self.path}/pictures/{value}"
                for name, value in typed.items()
                if controls.is_paper(name) and value in self._papers
            },
            **section_values(self.filling, section),
        )

    def paper(
        self, question: Question, kinds: Kinds, *errors: PageError, concerns: Sequence[Text] = ()
    ) -> Response:
        """Render the page on which a paper is given.

        Args:
            question: that asks for it.
            kinds: of papers.
            errors: why none was taken.
            concerns: what may be wrong with the photo that was just given.
        """
        given = self.filling.typed.get(question.place, "")
        return self._show(
            "paper.html",
            status=errors[0].status if errors else 200,
            filling=self.filling,
            question=question,
            kind=question.upload_kind,
            specimens=kinds_for(kinds, self.filling.service, question),
            drawings=DRAWINGS,
            section=self.filling.form.section_with(controls.field_of(question.name)),
            concerns=concerns,
            picture=f"{self.path}/pictures/{given}" if given in self._papers else None,
            errors=errors,
        )

    async def is_unchanged(self) -> bool:
        """Whether it is a correction with the answers that were sent before."""
        return False

    def check(
        self,
        wrong: Sequence[ProblemFieldError],
        *,
        is_changed: bool = False,
        is_unchanged: bool = False,
        needs_consent: bool = False,
    ) -> Response:
        """Render all answers, to be checked together with the citizen; errors lead to sections.

        Args:
            wrong: what is wrong with the answers.
            is_changed: whether they were changed since the page before was made.
            is_unchanged: whether a correction has the answers that were sent before.
            needs_consent: whether the citizen has to agree before they can be sent.
        """
        language = self.staff.language
        return self._show(
            "check.html",
            status=409 if is_changed or needs_consent else 422 if wrong else 200,
            filling=self.filling,
            version=version_of(self.filling.typed),
            is_changed=is_changed,
            is_unchanged=is_unchanged,
            needed=PROBLEMS["consent_needed"].detail if needs_consent else None,
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
    def _draft_path(self) -> str:
        return f"/v1/counter-drafts/{self.filling.draft_id}"

    def _show(self, template: str, *, status: int, **values: Any) -> Response:
        return self.counter.pages.show(
            self._request,
            template,
            status=status,
            mandate=self.mandate,
            base=self.path,
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

    @override
    async def begin(self) -> None:
        await self.read()
        if not self.answerable and self.sent is None:  # it begins with what was typed before
            field, day = FEE_DAYS.get(self.mandate.public_service_id), self.mandate.fee_day
            parts = ("day", "month", "year") if field and day else ()
            typed = {f"{field}.{part}": str(getattr(day, part)) for part in parts}
            self.filling = replace(self.filling, typed={**self.filling.typed, **typed})
            await self.save()

    async def keep_for_form(self, asked: Mapping[str, str | None]) -> None:
        """Let the form begin with what was typed to ask for the consent; without the API, empty."""
        self.filling = replace(self.filling, typed=known_from(self.filling.form, asked))
        with suppress(ApiProblem, Unavailable):
            await self.save()

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
        pages, mandate_id = self.counter.pages, str(self.mandate.mandate_id)
        page = f"/counter/mandates/{mandate_id}"
        try:
            number = await self.counter.calls.submit(self.staff, mandate_id, self.body)
        except ApiProblem as failure:
            if failure.code != "mandate_used":
                raise
            return pages.go(self._request, page)
        self.sent = {
            "number": number,
            "at": self.counter.gateway.clock.now().isoformat(),
            "names": [
                [line.label.model_dump(), line.value.model_dump()]
                for line in names_in(self.filling.form, self.filling.typed)
                if line.value
            ],
        }
        with suppress(ApiProblem, Unavailable):  # it is sent: only the receipt's page is missing
            await self.save()
            return pages.go(self._request, f"{page}/receipt")
        return pages.go(self._request, page)

    @override
    async def after_sending(self) -> Response:
        """Render the payment receipt; if nothing was sent, go to the page of the mandate."""
        if self.sent is None:
            page = f"/counter/mandates/{self.mandate.mandate_id}"
            return self.counter.pages.go(self._request, page)
        return self._show(
            "payment_receipt.html",
            status=200,
            tracking_number=self.sent["number"],
            code=await read_tracking_code(
                self.counter.gateway, self.staff, self.mandate, self.sent["number"]
            ),
            sent_at=datetime.fromisoformat(self.sent["at"]),
            names=[Line(Text(**label), Text(**value)) for label, value in self.sent["names"]],
        )

    @override
    async def upload(
        self, files: AsyncIterator[bytes], headers: Mapping[str, str]
    ) -> AssistedDocument:
        mandate_id = str(self.mandate.mandate_id)
        return await self.counter.calls.upload(
            self.staff, mandate_id, files, headers, deadline_s=DEADLINE_S
        )

    @override
    def picture(self, document_id: UUID) -> AbstractAsyncContextManager[StreamedReply]:
        return self.counter.calls.thumbnail(
            self.staff,
            str(self.mandate.mandate_id),
            str(document_id),
            deadline_s=_PICTURE_DEADLINE_S,
        )


class AssistedCorrection(AssistedForm):
    """The correction of an application that the uddokta follows up.

    Args:
        counter: what it needs.
        request: of the browser.
        staff: the visit of the uddokta.
        filling: the form, and what was typed.
        number: tracking number of the application.
        is_asked: whether the ministry waits for the correction.
    """

    def __init__(
        self,
        counter: Counter,
        request: Request,
        staff: Visit,
        filling: Filling,
        number: str,
        *,
        is_asked: bool = True,
    ) -> None:
        super().__init__(counter, request, staff, filling)
        self.correction_of = self._number = number
        self._is_asked = is_asked

    @property
    @override
    def path(self) -> str:
        return f"/counter/corrections/{self._number}"

    @override
    async def begin(self) -> None:
        if not await self.read():  # it begins with what was sent last
            if not self._is_asked:
                raise Refused("correction_not_asked")
            self.filling = replace(self.filling, typed=await self._read_sent())
            await self.save()

    @override
    async def is_unchanged(self) -> bool:
        return self.filling.body == rules.body_of(self.filling.form, await self._read_sent())

    async def _read_sent(self) -> dict[str, str]:
        path = path_of("/v1/assisted-applications/{number}/form", number=self._number)
        sent = await self.counter.gateway.read(self.staff, SubmittedForm, path, personal=True)
        return rules.typed_of(self.filling.form, sent.form)

    @override
    async def send(self) -> Response:
        path = path_of("/v1/assisted-applications/{number}/corrections", number=self._number)
        try:
            await self.counter.gateway.post(self.staff, path, self.body, model=ApplicationSummary)
        except ApiProblem as failure:
            if failure.code != "consent_needed":
                raise
            return self.go("/check?consent=needed")
        self.sent = {}
        with suppress(ApiProblem, Unavailable):  # it is sent: what was typed goes after two hours
            await self.save()
        return await self.after_sending()

    @override
    async def after_sending(self) -> Response:
        """Go to the counter, which says that the correction is on its way."""
        self.staff.keep(notice="correction_sent")
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
            RequestCorrection(
                correction_id=kept.correction_id, changes=kept.changes, replaced=kept.replaced
            ),
            model=MandateView,
        )
        return self.counter.pages.go(self._request, f"/counter/mandates/{made.mandate_id}")

    @override
    def picture(self, document_id: UUID) -> AbstractAsyncContextManager[StreamedReply]:
        path = path_of(
            "/v1/assisted-applications/{number}/documents/{paper}/thumbnail",
            number=self._number,
            paper=str(document_id),
        )
        return self.counter.gateway.download(self.staff, path, deadline_s=_PICTURE_DEADLINE_S)

    @override
    async def upload(
        self, files: AsyncIterator[bytes], headers: Mapping[str, str]
    ) -> AssistedDocument:
        path = path_of("/v1/assisted-applications/{number}/documents", number=self._number)
        return await self.counter.gateway.upload(
            self.staff, path, files, headers, model=AssistedDocument, deadline_s=DEADLINE_S
        )


def known_from(form: Form, asked: Mapping[str, str | None]) -> dict[str, str]:
    """Return the answers of a form that are known from asking for the consent.

    A guardian's number is not the applicant's. A number of 17 digits may be of an NID or of a birth
    registration, so it is typed again.

    Args:
        form: whose fields say what they are about.
        asked: kind of consent, phone, name and number, as they were typed.
    """
    name = asked.get("applicant") or ""
    written = ascii_digits(asked.get("number") or "")
    number = "".join(sign for sign in written if sign in digits)
    is_nid = len(number) in _NID_DIGITS
    is_own = asked.get("consent") in {"own_phone", "shared_phone"}
    known = {
        "verified.name_en" if name.isascii() else "verified.name_bn": name,
        "verified.nid": number if is_nid else "",
        "account.mobile": (is_own and asked.get("phone")) or "",
    }
    typed = {question.name: known.get(question.prefill, "") for question in form.questions}
    if is_nid and _IDENTITY_KIND in typed and "nid" in typed:
        typed[_IDENTITY_KIND] = "nid"
    return {field: text for field, text in typed.items() if text}


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
            asked = application.correction_note  # another request begins anew
            draft_id = derived_id(UUID(int=0), f"correction of {number}: {asked and asked.en}")
            service_id = application.public_service_id
            filling = await _begin_filling(counter.gateway, staff, service_id, draft_id)
            filling = replace(filling, note=application.correction_note)
            is_asked = application.status == "correction_requested"
            return AssistedCorrection(counter, request, staff, filling, number, is_asked=is_asked)
    raise Refused("application_unknown")


async def read_tracking_code(
    gateway: Gateway, staff: Visit, mandate: MandateView, number: str | None
) -> str | None:
    """Return the code with which a citizen without a phone tracks the application.

    None for a citizen with an own phone, and while it cannot be read: the application is sent.
    """
    if mandate.consent == "own_phone" or number is None:
        return None
    path = path_of("/v1/assisted-applications/{number}/tracking-code", number=number)
    with suppress(ApiProblem, Refused, Unavailable):
        return (await gateway.read(staff, AssistedTrackingCode, path, personal=True)).tracking_code
    return None


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
