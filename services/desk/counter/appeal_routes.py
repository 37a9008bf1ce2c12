"""Pages on which an uddokta objects to a refusal together with the citizen.

Grounds and papers are a draft of the counter, under the number of the application. The citizen is
asked on the page of her code, and what was sent is printed as a receipt.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.applications import AppealApplication, AssistedSummary
from libs.contracts.documents import APPEAL_PAPER, AssistedDocument
from libs.contracts.language import Text
from libs.contracts.mandates import CounterDraft, MandateView, ProposedCorrection, RequestCorrection
from libs.errors import Refused, Unavailable, Unreadable
from libs.ids import derived_id
from libs.pages.errors import PageError, keep_wrong, take_wrong
from libs.pages.form_tokens import FormTokens
from libs.pages.gateway import ApiProblem, path_of
from libs.pages.posts import Posted, PostedFiles, check_upload
from libs.pages.uploads import DEADLINE_S, LIMITS, passed_on, upload_error
from libs.pages.visits import Visit
from libs.web.handling.routes import Routes
from services.desk.counter.assisted_forms import Counter, read_followed_up, read_tracking_code
from services.desk.staff.sessions import StaffSessions, StaffVisit

routes = Routes(public=False)
_LONGEST: Final = 2_000
_GROUNDS_MISSING: Final = Text(
    bn="সিদ্ধান্তটি কেন ঠিক নয়, নাগরিকের কথায় লিখুন।",
    en="Write in the citizen's words why the decision is not right.",
)
_TOO_LONG: Final = Text(bn="২০০০ অক্ষরের মধ্যে লিখুন।", en="Write 2,000 characters at most.")


@dataclass(slots=True)
class _Draft:
    """What was typed and given.

    Args:
        application: which was refused.
        grounds: of the objection.
        papers: name and receipt of those that go with it, by their ids.
        mandate_id: of the citizen's consent to it; None until she was asked.
        sent_at: when it was sent; None before that.
    """

    application: AssistedSummary
    grounds: str = ""
    papers: dict[str, dict[str, str]] = field(default_factory=dict)
    mandate_id: str | None = None
    sent_at: str | None = None


@routes.get("/counter/appeals/{number}")
async def ask_for_appeal(
    number: str, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """Ask for the grounds; once it was sent, go to its receipt."""
    draft = await _read_open(counter, staff, number)
    if draft.sent_at is not None:
        return counter.pages.go(request, f"/counter/appeals/{number}/receipt")
    return _page(request, counter, draft, take_wrong(staff).errors)


@routes.post("/counter/appeals/{number}/files", limits=LIMITS)
async def upload_for_appeal(
    number: str,
    request: Request,
    counter: Counter,
    sessions: StaffSessions,
    form_tokens: FormTokens,
) -> Response:
    """Pass the file of a paper on while it arrives; the page has it then, with those of before."""
    files = PostedFiles(request)
    try:
        staff = await sessions.read(request)
        try:
            check_upload(request, form_tokens)
            path = path_of("/v1/assisted-applications/{number}/documents", number=number)
            paper = await counter.gateway.upload(
                staff,
                path,
                files,
                passed_on(request),
                model=AssistedDocument,
                deadline_s=DEADLINE_S,
            )
            draft = await _read_open(counter, staff, number)
            given = {"receipt": paper.receipt, "name": paper.name or ""}
            draft.papers[str(paper.document_id)] = given
            await _save(counter, staff, draft)
        except (ApiProblem, Refused, Unreadable, Unavailable) as failure:
            keep_wrong(staff, upload_error(failure, staff.language))
    finally:
        await files.read_rest()
    return counter.pages.go(request, f"/counter/appeals/{number}")


@routes.post("/counter/appeals/{number}")
async def ask_the_citizen(
    number: str, request: Request, posted: Posted, staff: StaffVisit, counter: Counter
) -> Response:
    """Keep the objection, ask the citizen whether she agrees, and go to the page of her code."""
    draft = await _read_open(counter, staff, number)
    if draft.sent_at is not None:
        return counter.pages.go(request, f"/counter/appeals/{number}/receipt")
    draft.grounds = posted.text("grounds")
    draft.papers = {key: paper for key, paper in draft.papers.items() if posted.get(f"paper-{key}")}
    wrong = _TOO_LONG if len(draft.grounds) > _LONGEST else None
    wrong = wrong if draft.grounds else _GROUNDS_MISSING
    if wrong is not None:
        error = PageError("grounds", wrong.in_language(staff.language), 422)
        return _page(request, counter, draft, [error])
    await _save(counter, staff, draft)
    try:
        asked = await _asked(counter, staff, number, draft)
    except ApiProblem as failure:
        error = PageError("grounds", failure.message, failure.problem.status)
        return _page(request, counter, draft, [error])
    draft.mandate_id = str(asked.mandate_id)
    await _save(counter, staff, draft)
    return counter.pages.go(request, f"/counter/mandates/{asked.mandate_id}")


@routes.get("/counter/appeals/{number}/receipt")
async def show_appeal_receipt(
    number: str, request: Request, staff: StaffVisit, counter: Counter
) -> Response:
    """The receipt of an objection that was just sent, to print."""
    draft = await _read(counter, staff, number)
    if draft.sent_at is None or draft.mandate_id is None:
        return counter.pages.go(request, f"/counter/appeals/{number}")
    mandate = await counter.gateway.read(
        staff, MandateView, f"/v1/mandates/{draft.mandate_id}", personal=True
    )
    return counter.pages.show(
        request,
        "appeal_receipt.html",
        draft=draft,
        application=draft.application,
        mandate=mandate,
        sent_at=datetime.fromisoformat(draft.sent_at),
        code=await read_tracking_code(counter.gateway, staff, mandate, number),
    )


async def note_sent(counter: Counter, staff: Visit, number: str, mandate_id: UUID) -> bool:
    """Note that an objection was sent with a consent; return whether its receipt can be shown.

    A consent outlives what was typed for it; then there is no receipt.
    """
    with suppress(ApiProblem, Refused, Unavailable):
        draft = await _read(counter, staff, number)
        if draft.grounds:
            draft.sent_at = draft.sent_at or counter.gateway.clock.now().isoformat()
            draft.mandate_id = str(mandate_id)
            await _save(counter, staff, draft)
            return True
    return False


async def _asked(counter: Counter, staff: Visit, number: str, draft: _Draft) -> MandateView:
    body = AppealApplication.model_construct(
        grounds=draft.grounds, documents=[paper["receipt"] for paper in draft.papers.values()]
    )
    path = path_of("/v1/assisted-applications/{number}/proposed-appeals", number=number)
    kept = await counter.gateway.post(staff, path, body, model=ProposedCorrection)
    return await counter.calls.post_proved(
        staff,
        f"/v1/mandates/{kept.mandate_id}/corrections",
        RequestCorrection(correction_id=kept.correction_id, changes=()),
        model=MandateView,
    )


async def _read(counter: Counter, staff: Visit, number: str) -> _Draft:
    """Return what was typed for an application that was refused, or is heard again.

    Raises:
        Refused: there is none for the uddokta.
    """
    for application in await read_followed_up(counter.gateway, staff):
        if application.tracking_number == number:
            return await _stored(counter, staff, application)
    raise Refused("application_unknown")


async def _read_open(counter: Counter, staff: Visit, number: str) -> _Draft:
    """Return what was typed, of an objection that can still be made, or was sent from here.

    Raises:
        Refused: there is none for the uddokta, or no objection is possible.
    """
    draft = await _read(counter, staff, number)
    if draft.application.appeal_until is None and draft.sent_at is None:
        raise Refused("appeal_not_possible")
    return draft


async def _stored(counter: Counter, staff: Visit, application: AssistedSummary) -> _Draft:
    try:
        path = _path_of(application.tracking_number)
        stored = await counter.gateway.read(staff, CounterDraft, path, personal=True)
    except ApiProblem as failure:
        if failure.code != "counter_draft_unknown":
            raise
        return _Draft(application)
    return _Draft(application, **stored.answers)


async def _save(counter: Counter, staff: Visit, draft: _Draft) -> None:
    answers: dict[str, Any] = {
        "grounds": draft.grounds,
        "papers": draft.papers,
        "mandate_id": draft.mandate_id,
        "sent_at": draft.sent_at,
    }
    number = draft.application.tracking_number
    stored = CounterDraft(answers=answers, correction_of=number)
    await counter.gateway.do(staff, "PUT", _path_of(number), stored)


def _path_of(number: str) -> str:
    return f"/v1/counter-drafts/{derived_id(UUID(int=0), f'appeal of {number}')}"


def _page(
    request: Request, counter: Counter, draft: _Draft, errors: Sequence[PageError]
) -> Response:
    return counter.pages.show(
        request,
        "counter_appeal.html",
        status=errors[0].status if errors else 200,
        draft=draft,
        application=draft.application,
        kind=APPEAL_PAPER,
        errors=list(errors),
    )
