"""Read, change, check and send a draft through the public API."""

from contextlib import suppress
from dataclasses import replace
from typing import Final
from uuid import UUID

from libs.contracts.applications import (
    ApplicationSummary,
    ApplicationView,
    CloseDraft,
    CorrectApplication,
    CorrectionRequested,
    DraftView,
    SaveDraft,
    SubmitApplication,
    SubmittedForm,
)
from libs.contracts.documents import DocumentReceipt
from libs.contracts.language import Text
from libs.contracts.problems import TYPE_PREFIX, Problem, ProblemFieldError
from libs.errors import Refused, Unavailable
from libs.ids import derived_id, new_id
from libs.pages.forms.controls import field_of, pointer_of
from libs.pages.forms.filling import Filling, read_service, without_answers
from libs.pages.forms.questions import Question, Section
from libs.pages.forms.rules import body_of, papers_in, typed_of
from libs.pages.forms.versions import check_same
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.visits import Visit

_ATTEMPTS: Final = 3
ENDED: Final = frozenset({"paper_unknown", "paper_withdrawn", "paper_replaced", "paper_expired"})
"""Why an issued paper of the locker has no receipt any more."""
_MOST_BEGUN: Final = 4
"""New drafts that a browser remembers before anything is stored."""


async def read_filling(
    gateway: Gateway,
    visit: Visit,
    public_service_id: str,
    draft_id: UUID,
    *,
    was_stored: bool | None = None,
) -> Filling:
    """Return a form with the answers of its draft; a draft that is not stored yet is empty.

    The address of a draft that was deleted, or not kept any longer, begins no new one.

    Args:
        gateway: the API.
        visit: who asks.
        public_service_id: whose form.
        draft_id: of its draft.
        was_stored: whether the page before has shown a stored draft; None without a page before:
            then the browser knows whether it has just begun the draft.

    Raises:
        LoginNeeded: nobody has logged in.
        ApiProblem: there is no such public service, or the draft is gone.
        Refused: the draft belongs to another public service.
    """
    service = await read_service(gateway, visit, public_service_id)
    empty = without_answers(service, draft_id)
    try:
        draft = await gateway.read(visit, DraftView, f"/v1/drafts/{draft_id}", personal=True)
    except ApiProblem as failure:
        is_new = str(draft_id) in _begun(visit) if was_stored is None else not was_stored
        if failure.code != "draft_unknown" or not is_new:
            raise
        return empty
    if draft.public_service_id != public_service_id:
        raise Refused("draft_unknown")
    return replace(
        empty,
        typed=dict(draft.answers.get("typed", {})),
        seen=tuple(draft.answers.get("seen", ())),
        revision=draft.revision,
        form_version=draft.form_version,
        tracking_number=draft.tracking_number,
        correction_of=draft.answers.get("correction_of", ""),
        note=Text(**draft.answers["note"]) if draft.answers.get("note") else None,
    )


def begin_new(visit: Visit) -> UUID:
    """Return the id of a new draft; the browser keeps it until the draft is stored."""
    draft_id = new_id()
    visit.keep(begun=[*_begun(visit)[-(_MOST_BEGUN - 1) :], str(draft_id)])
    return draft_id


def _begun(visit: Visit) -> list[str]:
    return visit.session.get("begun") or []


async def save_section(
    gateway: Gateway,
    visit: Visit,
    filling: Filling,
    section: Section,
    *,
    is_answered: bool,
    version: str,
) -> Filling:
    """Store a form of which one section has changed; return it as it is stored.

    If another window has changed the draft meanwhile, the other sections stay as they are there.

    Args:
        gateway: the API.
        visit: who saves.
        filling: the form with what was typed.
        section: the section that has changed.
        is_answered: whether it is right and complete.
        version: of the section's answers when its page was made.

    Raises:
        ApiProblem: the draft was deleted or has been sent, or keeps changing.
        ChangedElsewhere: another window has stored other answers of this section.
    """  # `check_same` raises it
    attempts_left = _ATTEMPTS
    while True:
        attempts_left -= 1
        others = {section_id for section_id in filling.seen if section_id != section.section_id}
        seen = [
            other.section_id
            for other in filling.form.sections
            if other.section_id in others or (is_answered and other is section)
        ]
        try:
            return await save(gateway, visit, replace(filling, seen=tuple(seen)))
        except ApiProblem as failure:
            if failure.code != "draft_changed" or not attempts_left:
                raise
            service_id = filling.service.public_service_id
            newest = await read_filling(
                gateway, visit, service_id, filling.draft_id, was_stored=True
            )
            check_same(newest.typed, filling.typed, section, version)
            fields = {question.name for question in section.questions}
            elsewhere = {k: v for k, v in newest.typed.items() if field_of(k) not in fields}
            here = {k: v for k, v in filling.typed.items() if field_of(k) in fields}
            filling = replace(newest, typed={**elsewhere, **here})


async def give_paper(
    gateway: Gateway, visit: Visit, filling: Filling, question: Question, document_id: str
) -> Filling:
    """Store a form with a paper; everything else stays as it is stored.

    Raises:
        ApiProblem: the draft was deleted or has been sent, or keeps changing.
    """
    attempts_left = _ATTEMPTS
    section = filling.form.section_with(field_of(question.name))
    while True:
        attempts_left -= 1
        seen = tuple(
            section_id
            for section_id in filling.seen
            if section and section_id != section.section_id
        )
        typed = {**filling.typed, question.place: document_id}
        try:
            return await save(gateway, visit, replace(filling, typed=typed, seen=seen))
        except ApiProblem as failure:
            if failure.code != "draft_changed" or not attempts_left:
                raise
            service_id = filling.service.public_service_id
            filling = await read_filling(
                gateway, visit, service_id, filling.draft_id, was_stored=True
            )


async def save(gateway: Gateway, visit: Visit, filling: Filling) -> Filling:
    """Store a form as it is; return it with the new revision.

    Raises:
        ApiProblem: the draft was deleted or changed meanwhile, or has been sent.
    """
    stored = await gateway.post(
        visit,
        f"/v1/drafts/{filling.draft_id}",
        SaveDraft(
            public_service_id=filling.service.public_service_id,
            form_version=filling.form_version,
            revision=filling.revision,
            answers={
                "typed": dict(filling.typed),
                "seen": list(filling.seen),
                "correction_of": filling.correction_of,
                "note": filling.note.model_dump() if filling.note else None,
            },
        ),
        model=DraftView,
    )
    if str(filling.draft_id) in _begun(visit):
        visit.keep(begun=[begun for begun in _begun(visit) if begun != str(filling.draft_id)])
    return replace(filling, revision=stored.revision)


async def send(gateway: Gateway, visit: Visit, filling: Filling, key: str) -> str:
    """Send a form once, however often it is asked for; return the tracking number.

    Raises:
        ApiProblem: the API does not take it.
    """
    if filling.tracking_number is not None:
        return filling.tracking_number
    path, body = _destination(filling, await _receipts(gateway, visit, filling))
    accepted = await gateway.post(visit, path, body, model=ApplicationSummary, key=key)
    # The application is accepted, even if this fails: a repeat gets the same number by its key.
    with suppress(ApiProblem, Unavailable):
        await gateway.post(
            visit,
            f"/v1/drafts/{filling.draft_id}/application",
            CloseDraft(tracking_number=accepted.tracking_number),
            model=DraftView,
        )
    return accepted.tracking_number


async def begin_correction(gateway: Gateway, visit: Visit, application: ApplicationView) -> Filling:
    """Return the form of an application as it was sent last, to be corrected.

    Each request of the ministry has one draft, however often one begins.
    """
    requests = [entry for entry in application.timeline if entry.type == CorrectionRequested.type]
    cause = requests[-1].event_id if requests else application.application_id
    draft_id = derived_id(cause, "correction draft")
    filling = await read_filling(
        gateway, visit, application.public_service_id, draft_id, was_stored=False
    )
    if filling.revision:
        return filling
    number = application.tracking_number
    sent = await _read_sent(gateway, visit, number)
    filling = replace(
        filling,
        typed=typed_of(filling.form, sent.form),
        seen=tuple(section.section_id for section in filling.form.sections),
        correction_of=number,
        note=application.correction_note,
    )
    return await save(gateway, visit, filling)


async def is_unchanged(gateway: Gateway, visit: Visit, filling: Filling) -> bool:
    """Whether a form corrects an application, and has the answers that were sent last."""
    if not filling.correction_of:
        return False
    sent = await _read_sent(gateway, visit, filling.correction_of)
    return filling.body == body_of(filling.form, typed_of(filling.form, sent.form))


async def read_sent(gateway: Gateway, visit: Visit, public_service_id: str, number: str) -> Filling:
    """Return the form of an application with the answers that were sent last.

    An answer to a question that the form no longer has is left out.
    """
    service = await read_service(gateway, visit, public_service_id)
    sent = await _read_sent(gateway, visit, number)
    empty = without_answers(service, UUID(int=0))
    typed = typed_of(empty.form, sent.form)
    return replace(empty, typed=typed, form_version=sent.form_version)


async def _read_sent(gateway: Gateway, visit: Visit, number: str) -> SubmittedForm:
    path = path_of("/v1/applications/{number}/form", number=number)
    return await gateway.read(visit, SubmittedForm, path, personal=True)


async def _receipts(gateway: Gateway, visit: Visit, filling: Filling) -> list[str]:
    """Return a new receipt of each paper that a form names.

    One that has left the locker, or is damaged, has none: the API knows it from before, or says at
    its question what to do. One that was issued and does not hold any more is an error there.

    Raises:
        ApiProblem: the API gives none for another reason.
    """
    receipts = []
    for document_id in papers_in(filling.body):
        path = path_of("/v1/documents/{id}", id=document_id)
        try:
            paper = await gateway.read(visit, DocumentReceipt, path, personal=True)
        except ApiProblem as failure:
            if failure.code in ENDED:
                raise ApiProblem(_at_question(filling, document_id, failure)) from failure
            if failure.code not in {"document_unknown", "document_damaged"}:
                raise
        else:
            receipts.append(paper.receipt)
    return receipts


def _at_question(filling: Filling, document_id: str, failure: ApiProblem) -> Problem:
    """Return what is wrong with a paper as an error of the question that names it."""
    places = [name for name, value in filling.typed.items() if value == document_id]
    errors = [
        ProblemFieldError(
            pointer=pointer_of(place), code=failure.code, message=failure.problem.detail
        )
        for place in places
    ]
    kind = f"{TYPE_PREFIX}form_invalid"
    return failure.problem.model_copy(update={"type": kind, "errors": errors})


def _destination(
    filling: Filling, receipts: list[str]
) -> tuple[str, SubmitApplication | CorrectApplication]:
    """Return the path and the body of a new application, or of a correction."""
    if filling.correction_of:
        path = path_of("/v1/applications/{number}/corrections", number=filling.correction_of)
        return path, CorrectApplication(form=filling.body, documents=receipts)
    public_service_id = filling.service.public_service_id
    return "/v1/applications", SubmitApplication(
        public_service_id=public_service_id, form=filling.body, documents=receipts
    )
