"""Pages of a citizen's own applications."""

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.applications import (
    ApplicationList,
    ApplicationSummary,
    ApplicationView,
    DraftList,
)
from libs.contracts.cases import OfficeLooks
from libs.contracts.issuance import IssuedPaper, IssuedPapers
from libs.contracts.language import Text
from libs.contracts.notifications import MessageList, MessageView
from libs.errors import Unavailable
from libs.grievances import GRIEVANCE
from libs.pages.confirmations import Confirmation, ask_to_confirm
from libs.pages.downloads import Download
from libs.pages.formats import page_mark
from libs.pages.forms.filling import Filling
from libs.pages.forms.summary import names_in
from libs.pages.forms.views import answers_by_section
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit, visit_of
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from services.portal.applications import rules
from services.portal.applications.times import times_of
from services.portal.forms.papers import in_words
from services.portal.forms.use_cases import read_sent

_OTHERS_WITHIN_S: Final = 2.0
"""The rest of a page waits so long for what is not the application itself."""

_DOWNLOAD_DEADLINE_S: Final = 30.0

_WITHDRAW: Final = Text(bn="আবেদনটি প্রত্যাহার করবেন?", en="Withdraw this application?")
_WITHDRAWN: Final = Text(
    bn="প্রত্যাহার করলে মন্ত্রণালয় আর কাজ করবে না। ফিরিয়ে আনা যায় না, তবে নতুন করে আবেদন করতে পারবেন।",
    en="The ministry stops working on it. This cannot be undone, but you may apply again.",
)
_WITHDRAW_IT: Final = Text(bn="হ্যাঁ, প্রত্যাহার করুন", en="Yes, withdraw it")

routes = Routes(public=False)


@routes.get("/applications")
async def list_applications(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """My drafts and my applications, newest first."""
    visit = visit_of(request)
    after = page_mark(request.query_params.get("after", ""))
    listed = await gateway.read(
        visit, ApplicationList, "/v1/applications", {"after": after}, personal=True
    )
    drafts = await gateway.read(visit, DraftList, "/v1/drafts", personal=True)
    return pages.show(
        request,
        "applications.html",
        listed=listed,
        drafts=[] if after else drafts.items,
        meaning_of=rules.meaning_of,
        grievance=GRIEVANCE,
        notice=visit.take("notice"),
    )


@routes.get("/applications/{number}")
async def show_application(
    number: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """Show one application: its status, next step and due day, the SMS, and the submitted form."""
    visit = visit_of(request)
    application = await _read(gateway, visit, number)
    messages, sent, papers = await asyncio.gather(
        _read_messages(gateway, visit, application.tracking_number),
        _read_sent(gateway, visit, application),
        _read_papers(gateway, visit, application),
    )
    return pages.show(
        request,
        "application.html",
        application=application,
        notice=visit.take("notice"),
        meaning=_meaning(application),
        is_grievance=application.public_service_id == GRIEVANCE,
        may_appeal=rules.may_appeal(application, gateway.clock.now()),
        times=times_of(application, gateway.clock.now()),
        messages=messages,
        papers=papers,
        subject_of=rules.subject_of,
        sent=sent,
        sections=answers_by_section(sent, sent.typed) if sent else [],
    )


@routes.get(
    "/applications/{number}/papers/{paper}",
    limits=RouteLimits(deadline_s=_DOWNLOAD_DEADLINE_S, streamed=True),
)
async def download_paper(number: str, paper: str, request: Request, gateway: Gateway) -> Response:
    """Download the paper about a decision; it is drawn now."""
    path = path_of("/v1/applications/{number}/papers/{paper}/content", number=number, paper=paper)
    return Download(gateway.download(visit_of(request), path, deadline_s=_DOWNLOAD_DEADLINE_S))


@routes.get("/applications/{number}/confirmation")
async def show_confirmation(
    number: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """The tracking number, the applicant and the fee, to print and to keep."""
    visit = visit_of(request)
    application = await _read(gateway, visit, number)
    sent = await _read_sent(gateway, visit, application)
    return pages.show(
        request,
        "confirmation.html",
        application=application,
        meaning=_meaning(application),
        sent=sent,
        names=names_in(sent.form, sent.typed) if sent else [],
        phone=visit.login.name if visit.login else "",
    )


@routes.get("/applications/{number}/looks")
async def show_looks(number: str, request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Show on which days officers of which offices opened the application, and what they added."""
    visit = visit_of(request)
    application = await _read(gateway, visit, number)
    path = path_of("/v1/applications/{number}/looks", number=application.tracking_number)
    looks = await gateway.read(visit, OfficeLooks, path, personal=True)
    return pages.show(
        request, "looks.html", application=application, looks=looks.items, added=looks.added
    )


@routes.get("/applications/{number}/withdrawal")
async def ask_for_withdrawal(
    number: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """Ask whether the application is to be withdrawn."""
    application = await _read(gateway, visit_of(request), number)
    path = f"/applications/{application.tracking_number}"
    if application.status not in rules.WITHDRAWABLE:
        return pages.go(request, path)
    name = application.public_service_name
    return ask_to_confirm(
        request, pages, Confirmation(_WITHDRAW, name, _WITHDRAWN, _WITHDRAW_IT, path)
    )


@routes.post("/applications/{number}/withdrawal")
async def withdraw(
    number: str, request: Request, _posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Withdraw the application; a repeat changes nothing."""
    withdrawn = await gateway.post(
        visit_of(request),
        path_of("/v1/applications/{number}/withdrawal", number=number),
        model=ApplicationSummary,
    )
    return pages.go(request, f"/applications/{withdrawn.tracking_number}")


def _meaning(application: ApplicationView) -> rules.Meaning:
    is_grievance = application.public_service_id == GRIEVANCE
    return rules.meaning_of(application.status, application.step, is_grievance=is_grievance)


async def _read_messages(
    gateway: Gateway, visit: Visit, number: str
) -> Sequence[MessageView] | None:
    """Return the SMS about an application, or None where their states are not known now."""
    path = path_of("/v1/applications/{number}/messages", number=number)
    try:
        async with asyncio.timeout(_OTHERS_WITHIN_S):
            return (await gateway.read(visit, MessageList, path, personal=True)).items
    except (Unavailable, TimeoutError):
        return None
    except ApiProblem as problem:
        return [] if problem.code == "messages_unknown" else None


async def _read_papers(
    gateway: Gateway, visit: Visit, application: ApplicationView
) -> Sequence[IssuedPaper] | None:
    """Return the papers about a decision, or None where they are not known now."""
    if application.status not in rules.DECIDED and application.appealed_at is None:
        return []
    path = path_of("/v1/applications/{number}/papers", number=application.tracking_number)
    try:
        async with asyncio.timeout(_OTHERS_WITHIN_S):
            return (await gateway.read(visit, IssuedPapers, path, personal=True)).items
    except (ApiProblem, Unavailable, TimeoutError):
        return None


async def _read_sent(
    gateway: Gateway, visit: Visit, application: ApplicationView
) -> Filling | None:
    """Return the submitted form with the names of papers, or None where it cannot be read now."""
    number, service_id = application.tracking_number, application.public_service_id
    try:
        async with asyncio.timeout(_OTHERS_WITHIN_S):
            sent = await read_sent(gateway, visit, service_id, number)
            return await in_words(gateway, visit, sent)
    except (ApiProblem, Unavailable, TimeoutError):
        return None


async def _read(gateway: Gateway, visit: Visit, number: str) -> ApplicationView:
    path = path_of("/v1/applications/{number}", number=number)
    return await gateway.read(visit, ApplicationView, path, personal=True)
