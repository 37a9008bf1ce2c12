"""My papers: what is in the locker, to be downloaded or deleted."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from libs.contracts.documents import DocumentDeletion
from libs.pages.gateway import Gateway
from libs.pages.papers import read_kinds
from libs.pages.posts import Posted
from libs.pages.rendering import HEADERS, Pages
from libs.pages.visits import visit_of
from libs.web.calling.client import StreamedReply
from libs.web.handling.limits import RouteLimits
from libs.web.handling.routes import Routes
from services.portal.forms.papers import name_of, read_locker

_DEADLINE_S: Final = 900.0
_PICTURE_DEADLINE_S: Final = 10.0
_PASSED_ON: Final = ("content-type", "content-length", "content-disposition")

routes = Routes(public=False)


@routes.get("/papers")
async def show_papers(request: Request, pages: Pages, gateway: Gateway) -> Response:
    """My papers, the newest first, and which applications need them."""
    return await _papers_page(request, pages, gateway, None)


@routes.post("/papers/{document_id}")
async def delete_paper(
    document_id: UUID, request: Request, _posted: Posted, pages: Pages, gateway: Gateway
) -> Response:
    """Delete one of my papers, and say until when its content is kept."""
    visit = visit_of(request)
    deletion = await gateway.take_back(
        visit, f"/v1/documents/{document_id}", model=DocumentDeletion
    )
    return await _papers_page(request, pages, gateway, deletion)


@routes.get(
    "/papers/{document_id}/content", limits=RouteLimits(deadline_s=_DEADLINE_S, streamed=True)
)
async def download_paper(document_id: UUID, request: Request, gateway: Gateway) -> Response:
    """Download one of my papers; it is saved and not shown."""
    path = f"/v1/documents/{document_id}/content"
    return _Download(gateway.download(visit_of(request), path, deadline_s=_DEADLINE_S))


@routes.get("/papers/{document_id}/thumbnail", limits=RouteLimits(streamed=True))
async def show_thumbnail(document_id: UUID, request: Request, gateway: Gateway) -> Response:
    """A small picture of one of my papers, for the pages that list papers."""
    path = f"/v1/documents/{document_id}/thumbnail"
    return _Download(gateway.download(visit_of(request), path, deadline_s=_PICTURE_DEADLINE_S))


async def _papers_page(
    request: Request, pages: Pages, gateway: Gateway, deletion: DocumentDeletion | None
) -> Response:
    visit = visit_of(request)
    papers, kinds = await asyncio.gather(read_locker(gateway, visit), read_kinds(gateway, visit))
    return pages.show(
        request, "papers.html", papers=papers, kinds=kinds, name_of=name_of, deletion=deletion
    )


class _Download(Response):
    """The content of a paper, passed on as it arrives.

    Args:
        content: asked for when the response is sent.
    """

    def __init__(self, content: AbstractAsyncContextManager[StreamedReply]) -> None:
        super().__init__()
        self._content = content

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._content as reply:
            passed = {name: reply.headers[name] for name in _PASSED_ON if name in reply.headers}
            headers = {**HEADERS, "cache-control": "no-store", **passed}
            raw = [
                (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()
            ]
            await send({"type": "http.response.start", "status": reply.status, "headers": raw})
            async for piece in reply.body:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
