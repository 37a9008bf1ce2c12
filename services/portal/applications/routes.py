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
from libs.contracts.notifications import MessageList, MessageView
from libs.errors import Unavailable
from libs.pages.formats import page_mark
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit, visit_of
from libs.web.handling.routes import Routes
from services.portal.applications import rules

_MESSAGES_WITHIN_S: Final = 2.0

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
    )


@routes.get("/applications/{number}")
async def show_application(
    number: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """One application: where it is, what happens next and by when, what happened, and the SMS."""
    visit = visit_of(request)
    application = await _read(gateway, visit, number)
    return pages.show(
        request,
        "application.html",
        application=application,
        meaning=rules.meaning_of(application.status),
        messages=await _read_messages(gateway, visit, application.tracking_number),
        subject_of=rules.subject_of,
    )


@routes.get("/applications/{number}/receipt")
async def show_receipt(number: str, request: Request, pages: Pages, gateway: Gateway) -> Response:
    """The tracking number, to print and to keep."""
    application = await _read(gateway, visit_of(request), number)
    return pages.show(
        request,
        "receipt.html",
        application=application,
        meaning=rules.meaning_of(application.status),
    )


@routes.get("/applications/{number}/withdrawal")
async def ask_for_withdrawal(
    number: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """Ask whether the application is to be withdrawn."""
    application = await _read(gateway, visit_of(request), number)
    if application.status not in rules.WITHDRAWABLE:
        return pages.go(request, f"/applications/{application.tracking_number}")
    return pages.show(request, "withdrawal.html", application=application)


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


async def _read_messages(
    gateway: Gateway, visit: Visit, number: str
) -> Sequence[MessageView] | None:
    """Return the SMS about an application, or None where what became of them is not known now."""
    path = path_of("/v1/applications/{number}/messages", number=number)
    try:
        async with asyncio.timeout(_MESSAGES_WITHIN_S):  # the rest of the page waits for them
            return (await gateway.read(visit, MessageList, path, personal=True)).items
    except (Unavailable, TimeoutError):
        return None
    except ApiProblem as problem:
        return [] if problem.code == "messages_unknown" else None


async def _read(gateway: Gateway, visit: Visit, number: str) -> ApplicationView:
    path = path_of("/v1/applications/{number}", number=number)
    return await gateway.read(visit, ApplicationView, path, personal=True)
