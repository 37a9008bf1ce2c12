"""Content from the public API, passed on to a browser while it arrives."""

from contextlib import AbstractAsyncContextManager
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from libs.pages.rendering import HEADERS
from libs.web.calling.client import StreamedReply

_PASSED_ON: Final = ("content-type", "content-length", "content-disposition")


class Download(Response):
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
