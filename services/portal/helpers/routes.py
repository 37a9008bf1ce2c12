"""Pages on which a citizen sees who helped her at a service centre, stops it, and complains."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.applications import ApplicationView
from libs.contracts.centres import RateBoard
from libs.contracts.language import Text
from libs.contracts.mandates import Complain, MandateList, MandateView, RevokedMandate
from libs.errors import Refused, Unavailable
from libs.pages.confirmations import Confirmation, ask_to_confirm
from libs.pages.errors import PageError
from libs.pages.formats import page_mark
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import Visit, visit_of
from libs.web.handling.routes import Routes
from services.portal.applications.rules import WITHDRAWABLE

_STOP: Final = Text(bn="সাহায্যকারীকে থামাবেন?", en="Stop this helper?")
_STOPPED: Final = Text(
    bn="এই সম্মতিতে উদ্যোক্তা আর কিছু জমা দিতে পারবেন না। ফিরিয়ে আনা যায় না।",
    en="The helper can send nothing with this consent any more. This cannot be undone.",
)
_STOPPED_AFTER: Final = Text(
    bn="আবেদনটি আগেই জমা হয়েছে, থাকবে। উদ্যোক্তা আর সেটি দেখবেন না, সংশোধনও করতে পারবেন না।",
    en="The application was sent before, and stays. The helper no longer sees or corrects it.",
)
_STOPPED_FOR_ANOTHER: Final = Text(
    bn="আবেদনটি আগেই জমা হয়েছে, থাকবে। সিদ্ধান্ত হয়েছে কি না, তা আপনার পাতায় দেখা যায় না।"
    " থামালে উদ্যোক্তা তা নাগরিককে আর জানাতে পারবেন না:"
    " নাগরিক জানবেন শুধু নম্বর ও রসিদের কোড দিয়ে।",
    en="The application was sent before, and stays. Whether it is decided is not shown to you."
    " If you stop the helper, nobody at the centre can tell the citizen: the number and the code"
    " of the receipt are the only way to learn it.",
)
_STOP_IT: Final = Text(bn="হ্যাঁ, থামান", en="Yes, stop")

routes = Routes(public=False)


@routes.get("/helpers")
async def list_helpers(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """List my helpers with service and price, the newest first, and the mandate just stopped."""
    visit = visit_of(request)
    after = page_mark(request.query_params.get("after", ""))
    listed = await _list(gateway, visit, after)
    stopped = visit.take("stopped")
    return pages.show(
        request,
        "helpers.html",
        listed=listed,
        stopped=RevokedMandate.model_validate(stopped) if stopped else None,
        stoppable=await _stoppable(gateway, visit, listed.items),
    )


@routes.get("/helpers/{mandate_id}/stop")
async def ask_for_stop(
    mandate_id: UUID, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """Ask whether a helper is to be stopped; where nothing is left to stop, show the list.

    Raises:
        Refused: there is no such helper.
    """
    visit = visit_of(request)
    mandate = await _find(gateway, visit, mandate_id)
    if not await _stoppable(gateway, visit, [mandate]):
        return pages.go(request, "/helpers")
    after = _STOPPED_FOR_ANOTHER if mandate.for_another else _STOPPED_AFTER
    warning = after if mandate.state == "used" else _STOPPED
    asks = Confirmation(_STOP, mandate.public_service_name, warning, _STOP_IT, "/helpers")
    return ask_to_confirm(request, pages, asks)


@routes.post("/helpers/{mandate_id}/stop")
async def stop(
    mandate_id: UUID, request: Request, _posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Stop a helper; if the application was sent before, the page says how to withdraw it."""
    visit = visit_of(request)
    path = f"/v1/me/mandates/{mandate_id}/revocation"
    stopped = await gateway.post(visit, path, model=RevokedMandate)
    if stopped.corrects and stopped.used_at is None:
        # Only the consent ends: the correction was not sent, and the helper goes on.
        stopped = stopped.model_copy(update={"tracking_number": None})
    if stopped.tracking_number and not await _is_open(gateway, visit, stopped.tracking_number):
        stopped = stopped.model_copy(update={"withdraw_at": None})
    visit.keep(stopped=stopped.model_dump(mode="json"))
    return pages.go(request, "/helpers")


@routes.get("/helpers/{mandate_id}/complaint")
async def ask_for_complaint(
    mandate_id: UUID, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """Ask for the complaint.

    Raises:
        Refused: there is no such helper.
    """
    mandate = await _find(gateway, visit_of(request), mandate_id)
    return pages.show(request, "complaint.html", mandate=mandate, typed=Posted(), errors=[])


@routes.post("/helpers/{mandate_id}/complaint")
async def complain(
    mandate_id: UUID, request: Request, posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Send a complaint to the programme's staff."""
    visit = visit_of(request)
    path = f"/v1/me/mandates/{mandate_id}/complaints"
    typed: dict[str, Any] = {"kind": posted.text("kind"), "text": posted.text("text")}
    try:
        await gateway.post(visit, path, Complain.model_construct(**typed), model=MandateView)
    except ApiProblem as failure:
        said = {error.pointer: error.message for error in failure.problem.errors}
        errors = [PageError(name, said[f"/{name}"]) for name in typed if f"/{name}" in said]
        return pages.show(
            request,
            "complaint.html",
            status=failure.problem.status,
            mandate=await _find(gateway, visit, mandate_id),
            typed=posted,
            errors=errors or [PageError("text", failure.message)],
        )
    return pages.go(request, "/helpers")


@routes.get("/centres/{centre}/rates")
async def show_rates(centre: str, request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Show the price list of a centre, without a login and for its wall."""
    path = path_of("/v1/centres/{id}/rates", id=centre)
    board = await gateway.read(visit_of(request), RateBoard, path)
    return pages.show(request, "rates.html", board=board)


async def _stoppable(gateway: Gateway, visit: Visit, mandates: Sequence[MandateView]) -> set[UUID]:
    """Return the mandates of which something is left to stop: not that of a decided application."""
    waiting = {
        mandate.mandate_id for mandate in mandates if mandate.state in {"requested", "active"}
    }
    used = [mandate for mandate in mandates if mandate.state == "used" and mandate.tracking_number]
    if not used:
        return waiting
    opened = await asyncio.gather(
        *(_is_open(gateway, visit, mandate.tracking_number or "") for mandate in used)
    )
    pairs = zip(used, opened, strict=True)
    return waiting | {mandate.mandate_id for mandate, is_open in pairs if is_open}


async def _is_open(gateway: Gateway, visit: Visit, number: str) -> bool:
    """Whether an application waits for its decision; yes, where that cannot be read now."""
    path = path_of("/v1/applications/{number}", number=number)
    try:
        application = await gateway.read(visit, ApplicationView, path, personal=True)
    except (ApiProblem, Unavailable):
        return True
    return application.status in WITHDRAWABLE


async def _list(gateway: Gateway, visit: Visit, after: str | None = None) -> MandateList:
    query = {"after": after}
    return await gateway.read(visit, MandateList, "/v1/me/mandates", query, personal=True)


async def _find(gateway: Gateway, visit: Visit, mandate_id: UUID) -> MandateView:
    """Read one of my helpers.

    Raises:
        Refused: there is no such helper.
    """
    listed = await _list(gateway, visit)
    while True:
        for mandate in listed.items:
            if mandate.mandate_id == mandate_id:
                return mandate
        if listed.next is None:
            raise Refused("not_found")
        listed = await _list(gateway, visit, listed.next)
