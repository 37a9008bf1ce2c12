"""Pages of officers: the queue of their duties, and one case."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final, get_args
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.cases import (
    ActOnCase,
    CaseActed,
    CaseAction,
    CaseAssigned,
    CaseFigures,
    CasePaperLink,
    CaseQueue,
    CaseView,
    FiguresBy,
    OverdueCases,
    OverdueRung,
    QueueCount,
    QueueCounts,
)
from libs.contracts.centres import RateBoard
from libs.contracts.issuance import PaperStatus
from libs.contracts.language import Text
from libs.contracts.mandates import NotProven
from libs.contracts.offices import OfficerNames
from libs.decision_papers.templates import OWN_DOCUMENT
from libs.errors import Unavailable
from libs.pages.downloads import Download
from libs.pages.errors import PageError, take_wrong
from libs.pages.forms.controls import is_paper
from libs.pages.forms.filling import (
    Filling,
    read_service,
    with_service_named,
    without_answers,
)
from libs.pages.forms.rules import typed_of
from libs.pages.forms.views import answers_by_section
from libs.pages.gateway import ApiProblem, Gateway, LoginNeeded, path_of
from libs.pages.papers import CONCERNS
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from services.desk.cases import rules
from services.desk.staff.offices import names_of_offices
from services.desk.staff.sessions import LiveVisit, StaffVisit

routes = Routes(public=False)

_API: Final = "/v1/cases"
_DOWNLOAD_DEADLINE_S: Final = 900
_MOST_OFFICERS: Final = 200
_FIGURES_BY: Final = get_args(FiguresBy)
_ISSUED_WITHIN_S: Final = 2.0
"""The page of a case waits so long for what its issued papers are now."""

_NOT_PROVEN: Final[Mapping[NotProven, Text]] = {
    "who_the_citizen_is": Text(
        bn="নাগরিক কে, তা কেউ দেখেননি", en="nobody has seen who the citizen is"
    ),
    "whose_phone_it_is": Text(bn="ফোনটি কার, তা জানা নেই", en="whose phone it is, is not known"),
    "earlier_use_of_phone": Text(
        bn="ফোনটি তাঁর জন্য আগে ব্যবহার হয়নি", en="the phone was not used for the citizen before"
    ),
}
_RUNGS: Final[Mapping[OverdueRung, Text]] = {
    "officer": Text(bn="দায়িত্বের কর্মকর্তা", en="the officer whose duty it is"),
    "superior": Text(bn="ঊর্ধ্বতন কর্মকর্তা", en="the superior"),
    "focal_point": Text(bn="মন্ত্রণালয়ের ফোকাল পয়েন্ট", en="the ministry's focal point"),
    "joint_secretary": Text(bn="যুগ্মসচিব", en="the joint secretary"),
}
_PAPER_GIVEN: Final = Text(bn="কাগজ দেওয়া আছে", en="A paper was given")


@routes.get("/cases")
async def show_queue(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The cases that wait for my duties, the nearest last day first.

    Raises:
        ApiProblem: not for an officer without a duty, who is led to what there is, or without the
            qualification that is needed, who is led to trainings.
    """
    asked = request.query_params
    query = {
        "duty": asked.get("duty") or None,
        "mine": "true" if asked.get("mine") == "yes" else None,
        "after": asked.get("after", "")[:60] or None,
    }
    try:
        queue = await gateway.read(staff, CaseQueue, _API, query, personal=True)
    except ApiProblem as failure:
        if failure.code in {"duty_missing", "deputy_ended"}:
            return pages.go(request, "/witness")
        if failure.code == "qualification_missing":
            return pages.go(request, "/training")
        raise
    return pages.show(
        request,
        "queue.html",
        queue=queue,
        counts=await _counts(gateway, staff),
        query=query,
        done=staff.take("done"),
    )


@routes.get("/cases/counts")
async def show_counts(
    request: Request, visit: LiveVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The numbers of my queues, for the part of a page that asks again by itself."""
    return pages.show(request, "counts.html", counts=await _counts(gateway, visit))


@routes.get("/cases/figures")
async def show_figures(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The work below a superior in numbers, by office, duty or public service."""
    asked = request.query_params
    by = asked.get("by", "")
    of = {name: asked.get(name, "")[:60] or None for name in ("office", "duty", "service")}
    query = {"by": by if by in _FIGURES_BY else "office", **of}
    found = await gateway.read(staff, CaseFigures, f"{_API}/figures", query, personal=True)
    offices = [row.key for row in found.items] if found.by == "office" else []
    offices += [of["office"]] if of["office"] else []
    names = await names_of_offices(gateway, staff, offices)
    return pages.show(request, "figures.html", found=found, of=of, names=names)


@routes.get("/cases/overdue")
async def show_overdue(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """The overdue cases of offices below the area of a superior, or of an officer's own duties.

    Each with whose it is, by name and post, and how far up it was brought.
    """
    found = await gateway.read(staff, OverdueCases, f"{_API}/overdue", personal=True)
    names = await names_of_offices(gateway, staff, {row.office_id for row in found.items})
    people = await _names_of_officers(
        gateway, staff, {officer for row in found.items for officer in row.officer_ids}
    )
    return pages.show(
        request, "overdue.html", found=found, names=names, people=people, rungs=_RUNGS
    )


@routes.get("/cases/unmanned")
async def show_unmanned(
    request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Where cases wait that nobody there can go on with, for those who can change that."""
    found = await gateway.read(staff, OverdueCases, f"{_API}/overdue", personal=True)
    names = await names_of_offices(gateway, staff, {row.office_id for row in found.unmanned})
    makes_officers = "programme" in staff.session.get("roles", ())
    return pages.show(
        request,
        "unmanned.html",
        rows=found.unmanned,
        names=names,
        makes_officers=makes_officers,
    )


@routes.get("/cases/{case_id}")
async def show_case(
    case_id: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """A case: what was submitted, what happened, and what I can do."""
    case = await _read(gateway, staff, case_id)
    wrong = take_wrong(staff)  # a paper that came too late
    revision = wrong.typed.get("revision")
    seen = rules.revision_of(revision) if revision else None
    errors = [replace(error, place="now") for error in wrong.errors]
    return await _page(request, staff, pages, gateway, case, errors, seen=seen)


@routes.get(
    "/cases/{case_id}/papers/{document_id}",
    limits=RouteLimits(deadline_s=_DOWNLOAD_DEADLINE_S, streamed=True),
)
async def open_paper(
    case_id: str, document_id: str, staff: StaffVisit, gateway: Gateway
) -> Response:
    """Open a paper of a case: it is noted, and saved by the browser."""
    path = path_of(f"{_API}/{{id}}/papers/{{paper}}", id=case_id, paper=document_id)
    link = await gateway.post(staff, path, None, model=CasePaperLink)
    content = path_of("/v1/case-papers/{token}", token=link.token)
    return Download(gateway.download(staff, content, deadline_s=_DOWNLOAD_DEADLINE_S))


@routes.post("/cases/{case_id}/assignment")
async def assign(
    case_id: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Have the case assigned to me, or take it over with a reason."""
    path = path_of(f"{_API}/{{id}}/assignment", id=case_id)
    wanted = {"duty": posted.text("duty")[:60], "reason": posted.text("reason")[:500] or None}
    try:
        await gateway.replace(staff, path, wanted, model=CaseAssigned)
    except ApiProblem as failure:
        case = await _read(gateway, staff, case_id)
        errors = [PageError("reason", failure.message)]
        return await _page(request, staff, pages, gateway, case, errors)
    return pages.go(request, path_of("/cases/{id}", id=case_id))


@routes.post("/cases/{case_id}/release")
async def release(
    case_id: str,
    request: Request,
    posted: Posted,  # noqa: ARG001 -- its token is checked
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Give a case back that is with me; colleagues see at once that nobody has it."""
    await gateway.do(staff, "DELETE", path_of(f"{_API}/{{id}}/assignment", id=case_id))
    return pages.go(request, "/cases")


@routes.get("/cases/{case_id}/acts/{action}")
async def ask_for_act(
    case_id: str, action: str, request: Request, staff: StaffVisit, pages: Pages, gateway: Gateway
) -> Response:
    """Ask what an action needs: words for the citizen, papers, values."""
    case = await _read(gateway, staff, case_id)
    chosen = rules.find_action(case, action)
    if chosen is None:
        return pages.go(request, path_of("/cases/{id}", id=case_id))
    wrong = take_wrong(staff)
    named = request.query_params.get("concerns", "").split(",")
    concerns = [text for concern, text in CONCERNS.items() if concern in named]
    return _form(request, pages, case, chosen, Posted({}), wrong.errors, concerns=concerns)


@routes.post("/cases/{case_id}/acts/{action}")
async def act(  # noqa: PLR0913
    case_id: str,
    action: str,
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
) -> Response:
    """Do it, as I saw the case; where it has changed since, say what, and do nothing."""
    wanted = rules.act_of(action, posted)
    path = path_of(f"{_API}/{{id}}/acts", id=case_id)
    try:
        await gateway.post(staff, path, wanted, model=CaseActed)
    except ApiProblem as failure:
        case = await _read(gateway, staff, case_id)
        return await _not_done(request, posted, staff, pages, gateway, case, wanted, failure)
    staff.keep(done=True)
    return pages.go(request, "/cases")


async def _not_done(  # noqa: PLR0913
    request: Request,
    posted: Posted,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
    case: CaseView,
    wanted: ActOnCase,
    failure: ApiProblem,
) -> Response:
    """Show why nothing was done: at the form, or with what has changed since."""
    chosen = rules.find_action(case, wanted.action)
    if case.revision == wanted.revision and chosen is not None:
        place = "appointment" if chosen.asks_time else "note"
        pointers = [error.pointer for error in failure.problem.errors]
        errors = [PageError(rules.place_of(pointers, place), failure.message)]
        return _form(request, pages, case, chosen, posted, errors, failure.problem.status)
    errors = [PageError("changed", failure.message)]
    return await _page(request, staff, pages, gateway, case, errors, seen=wanted.revision)


async def _counts(gateway: Gateway, visit: Visit) -> Sequence[QueueCount] | None:
    """Return the numbers of the queues; None where they are not known now."""
    try:
        return (await gateway.read(visit, QueueCounts, f"{_API}/counts", personal=True)).items
    except (ApiProblem, LoginNeeded, Unavailable):
        return None


async def _names_of_officers(
    gateway: Gateway, staff: StaffVisit, officer_ids: Collection[UUID]
) -> Mapping[UUID, str]:
    """Return the names of officers; none where they are not known now."""
    ids = ",".join(sorted(map(str, officer_ids))[:_MOST_OFFICERS])
    if not ids:
        return {}
    path, query = "/v1/officer-names", {"ids": ids}
    try:
        return (await gateway.read(staff, OfficerNames, path, query, personal=True)).names
    except (ApiProblem, Unavailable):
        return {}


async def _read(gateway: Gateway, staff: StaffVisit, case_id: str) -> CaseView:
    return await gateway.read(staff, CaseView, path_of(f"{_API}/{{id}}", id=case_id), personal=True)


async def _page(  # noqa: PLR0913
    request: Request,
    staff: StaffVisit,
    pages: Pages,
    gateway: Gateway,
    case: CaseView,
    errors: Sequence[PageError] = (),
    seen: int | None = None,
) -> Response:
    """Show a case; after `seen`, its history is what has changed since a page was opened."""
    filling = await _answers(gateway, staff, case)
    offices = {entry.office_id for entry in case.history if entry.office_id}
    offices |= {paper.office_id for paper in case.handed_in}
    return pages.show(
        request,
        "case.html",
        status=409 if errors else 200,
        case=case,
        filling=filling,
        kinds={question.upload_kind: question.label for question in filling.form.questions},
        not_proven_names=_NOT_PROVEN,
        sections=answers_by_section(filling, filling.typed),
        issued=await _issued(gateway, staff, case),
        duty=case.actions[0].duty if case.actions else "",
        needs_more=rules.needs_more,
        own_document=OWN_DOCUMENT,
        changed=[entry for entry in case.history if seen is not None and entry.revision > seen],
        offices=await names_of_offices(gateway, staff, offices),
        centre=await _centre(gateway, staff, case),
        errors=list(errors),
    )


async def _issued(
    gateway: Gateway, staff: StaffVisit, case: CaseView
) -> Mapping[str, PaperStatus | None]:
    """Return what issued papers of a case are now, by number; None where that is not known."""
    numbers = sorted({paper.issued_number for paper in case.documents if paper.issued_number})
    found = await asyncio.gather(*(_status(gateway, staff, number) for number in numbers))
    return dict(zip(numbers, found, strict=True))


async def _status(gateway: Gateway, staff: StaffVisit, number: str) -> PaperStatus | None:
    path = path_of("/v1/papers/{number}", number=number)
    try:
        async with asyncio.timeout(_ISSUED_WITHIN_S):
            return await gateway.read(staff, PaperStatus, path)
    except (ApiProblem, Unavailable, TimeoutError):
        return None


async def _centre(gateway: Gateway, staff: StaffVisit, case: CaseView) -> Text | None:
    """Return the name of the centre at which a case was sent; None where it is not known now."""
    if case.mandate is None:
        return None
    path = path_of("/v1/centres/{id}/rates", id=case.mandate.service_centre_id)
    try:
        return (await gateway.read(staff, RateBoard, path)).centre.name
    except (ApiProblem, Unavailable):
        return None


async def _answers(gateway: Gateway, staff: StaffVisit, case: CaseView) -> Filling:
    """Return the form with what was submitted; papers are named and not shown."""
    service = await read_service(gateway, staff, case.public_service_id)
    empty = without_answers(service, UUID(int=0))
    given = _PAPER_GIVEN.in_language(staff.language)
    typed = {
        name: given if is_paper(name) else value
        for name, value in typed_of(empty.form, case.form).items()
    }
    filling = replace(empty, typed=typed, form_version=case.form_version)
    return await with_service_named(gateway, staff, filling)


def _form(  # noqa: PLR0913
    request: Request,
    pages: Pages,
    case: CaseView,
    chosen: CaseAction,
    typed: Posted,
    errors: Sequence[PageError],
    status: int = 200,
    concerns: Sequence[Text] = (),
) -> Response:
    return pages.show(
        request,
        "act.html",
        status=status,
        case=case,
        chosen=chosen,
        handed_in=rules.handed_in_for(case, chosen),
        concerns=concerns,
        item_names=chosen.item_names,
        own_document=OWN_DOCUMENT,
        typed=typed,
        errors=list(errors),
    )
