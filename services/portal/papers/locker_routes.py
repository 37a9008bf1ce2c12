"""My papers: the content of the locker, to be downloaded or deleted."""

import asyncio
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.documents import DocumentDeletion
from libs.contracts.language import Text
from libs.errors import Refused
from libs.pages.confirmations import Confirmation, ask_to_confirm
from libs.pages.downloads import Download
from libs.pages.gateway import Gateway
from libs.pages.papers import read_kinds
from libs.pages.posts import Posted
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from services.portal.forms.papers import name_of, read_locker
from services.portal.papers.issued import read_issued

_DEADLINE_S: Final = 900.0
_PICTURE_DEADLINE_S: Final = 10.0

_DELETE: Final = Text(bn="কাগজটি মুছে ফেলবেন?", en="Delete this paper?")
_DELETED: Final = Text(
    bn="কাগজটি এই তালিকা থেকে চলে যাবে, ফেরত আনা যাবে না। চলমান আবেদনে লাগলে সেটি শেষ হওয়া পর্যন্ত "
    "মন্ত্রণালয়ের জন্য রাখা থাকবে।",
    en="The paper leaves this list, and cannot be brought back. If an open application needs it, "
    "it is kept for the ministry until that ends.",
)
_DELETE_IT: Final = Text(bn="হ্যাঁ, মুছে ফেলুন", en="Yes, delete it")

routes = Routes(public=False)


@routes.get("/papers")
async def show_papers(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """Show the papers issued to me, and those that I gave with the applications that need them."""
    visit = visit_of(request)
    await gateway.renew(visit)
    papers, kinds, issued = await asyncio.gather(
        read_locker(gateway, visit), read_kinds(gateway, visit), read_issued(gateway, visit)
    )
    deleted = visit.take("deleted_paper")
    return pages.show(
        request,
        "papers.html",
        papers=papers,
        issued=issued,
        kinds=kinds,
        name_of=name_of,
        deletion=DocumentDeletion.model_validate(deleted) if deleted else None,
    )


@routes.get("/papers/{document_id}/deletion")
async def ask_for_deletion(
    document_id: UUID, request: Request, pages: Pages, gateway: Gateway
) -> Response:
    """Ask whether one of my papers is to be deleted.

    Raises:
        Refused: there is no such paper.
    """
    visit = visit_of(request)
    for paper in await read_locker(gateway, visit):
        if paper.document_id == document_id:
            name = name_of(paper, visit.language)
            asks = Confirmation(_DELETE, name, _DELETED, _DELETE_IT, "/papers")
            return ask_to_confirm(request, pages, asks)
    raise Refused("document_unknown")


@routes.post("/papers/{document_id}/deletion")
async def delete_paper(
    document_id: UUID, request: Request, _posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Delete one of my papers; the list says until when its content is kept."""
    visit = visit_of(request)
    deletion = await gateway.take_back(
        visit, f"/v1/documents/{document_id}", model=DocumentDeletion
    )
    visit.keep(deleted_paper=deletion.model_dump(mode="json"))
    return pages.go(request, "/papers")


@routes.get(
    "/papers/{document_id}/content", limits=RouteLimits(deadline_s=_DEADLINE_S, streamed=True)
)
async def download_paper(document_id: UUID, request: Request, gateway: Gateway) -> Response:
    """Download one of my papers; it is saved and not shown."""
    path = f"/v1/documents/{document_id}/content"
    return Download(gateway.download(visit_of(request), path, deadline_s=_DEADLINE_S))


@routes.get("/papers/{document_id}/thumbnail", limits=RouteLimits(streamed=True))
async def show_thumbnail(document_id: UUID, request: Request, gateway: Gateway) -> Response:
    """A small picture of one of my papers, for the pages that list papers."""
    path = f"/v1/documents/{document_id}/thumbnail"
    return Download(gateway.download(visit_of(request), path, deadline_s=_PICTURE_DEADLINE_S))
