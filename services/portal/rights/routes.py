"""Pages on which a citizen sees who has her data, and takes it with her."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import ApplicationList, ApplicationSummary
from libs.contracts.cases import OfficeLooks
from libs.contracts.documents import DocumentList
from libs.contracts.issuance import IssuedPapers
from libs.contracts.language import Text
from libs.contracts.openid import ConsentList
from libs.contracts.status import StatusPage
from libs.errors import Refused, Unavailable
from libs.pages.confirmations import Confirmation, ask_to_confirm
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.papers import read_kinds
from libs.pages.posts import Posted
from libs.pages.rendering import HEADERS, Pages
from libs.pages.visits import Visit, visit_of
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from services.portal.forms.papers import name_of
from services.portal.rights.my_data import MyData

_FILE_DEADLINE_S: Final = 120.0
Seen = TypeVar("Seen", OfficeLooks, IssuedPapers)

_END: Final = Text(bn="সাইটটির অনুমতি ফিরিয়ে নেবেন?", en="Withdraw the consent for this site?")
_ENDED: Final = Text(
    bn="সাইটটি এখান থেকে আপনার তথ্য আর পড়তে পারবে না। আগে যা পড়েছে, তা সাইটের কাছে থাকতে পারে।",
    en="The site can read your data here no more. It may still have what it has read before.",
)
_END_IT: Final = Text(bn="হ্যাঁ, ফিরিয়ে নিন", en="Yes, withdraw it")

routes = Routes(public=False)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Who saw an application, and where its papers were printed; None for what is not known now."""

    application: ApplicationSummary
    looks: OfficeLooks | None
    issued: IssuedPapers | None


@routes.get("/profile/access")
async def show_access(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Show who fetched my papers and opened my applications, and at which sites I log in with us.

    Of the newest 20 applications; the page of each older one leads to the same.
    """
    visit = visit_of(request)
    listed = await gateway.read(visit, DocumentList, "/v1/documents", personal=True)
    consents = await gateway.read(visit, ConsentList, "/v1/consents", personal=True)
    return pages.show(
        request,
        "access.html",
        papers=listed.items,
        kinds=await read_kinds(gateway, visit) if listed.items else {},
        name_of=name_of,
        ministries=await _ministries(gateway, visit) if listed.items else {},
        sites=consents.items,
        applications=await _seen(gateway, visit),
    )


@routes.get("/profile/sites/{client_id}/withdrawal")
async def ask_for_withdrawal(
    client_id: str, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """Ask whether the consent for a site is to be withdrawn.

    Raises:
        Refused: I have not consented to such a site.
    """
    consents = await gateway.read(visit_of(request), ConsentList, "/v1/consents", personal=True)
    for consent in consents.items:
        if consent.client_id == client_id:
            asks = Confirmation(_END, consent.client_name, _ENDED, _END_IT, "/profile/access")
            return ask_to_confirm(request, pages, asks)
    raise Refused("not_found")


@routes.post("/profile/sites/{client_id}/withdrawal")
async def withdraw(
    client_id: str, request: Request, _posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Withdraw the consent for a site; a repeat changes nothing."""
    await gateway.do(visit_of(request), "DELETE", path_of("/v1/consents/{id}", id=client_id))
    return pages.go(request, "/profile/access")


@routes.get("/profile/data")
async def show_data(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Say what the file has, before it is made."""
    await gateway.read(visit_of(request), ConsentList, "/v1/consents", personal=True)  # the login
    return pages.show(request, "data.html")


@routes.post("/profile/data", limits=RouteLimits(deadline_s=_FILE_DEADLINE_S))
async def download_data(request: Request, _posted: Posted, gateway: Gateway) -> Response:
    """Answer with all my data as one file of JSON."""
    collected = await MyData(gateway, visit_of(request)).collect()
    now = gateway.clock.now()
    whole = {"made_at": now.isoformat(), **collected}
    name = f"nagorik-sheba-{dhaka_date(now)}.json"
    return Response(
        json.dumps(whole, ensure_ascii=False, indent=1),
        media_type="application/json",
        headers={
            **HEADERS,
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="{name}"',
        },
    )


async def _seen(gateway: Gateway, visit: Visit) -> Sequence[_Seen]:
    listed = await gateway.read(visit, ApplicationList, "/v1/applications", personal=True)

    async def seen(application: ApplicationSummary) -> _Seen:
        path = path_of("/v1/applications/{number}", number=application.tracking_number)
        looks, issued = await asyncio.gather(
            _read_or_none(gateway, visit, OfficeLooks, f"{path}/looks"),
            _read_or_none(gateway, visit, IssuedPapers, f"{path}/papers"),
        )
        return _Seen(application, looks, issued)

    return await asyncio.gather(*map(seen, listed.items))


async def _read_or_none(
    gateway: Gateway, visit: Visit, model: type[Seen], path: str
) -> Seen | None:
    """Read what one service knows; None where it is away: the page shows what the others know."""
    try:
        return await gateway.read(visit, model, path, personal=True)
    except (ApiProblem, Unavailable):
        return None


async def _ministries(gateway: Gateway, visit: Visit) -> dict[str, Text]:
    """Return the names of ministries by their ids; none where they cannot be read now."""
    try:
        status = await gateway.read(visit, StatusPage, "/v1/status")
    except (ApiProblem, Unavailable):
        return {}
    return {row.ministry: row.name for row in status.items}
