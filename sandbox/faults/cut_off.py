"""Responses that are never sent: a closed connection and a hanging request."""

import asyncio
from typing import Final, cast

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from libs.web.serving.protocol import CoalescingProtocol

_HANG_UP: Final = "nagorik.hang_up"


class HangUpProtocol(CoalescingProtocol):
    """Uvicorn's protocol, with an ASGI extension that closes the connection."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        app, abort = cast("ASGIApp", self.app), cast("asyncio.Transport", transport).abort

        async def with_hang_up(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[_HANG_UP] = abort
            await app(scope, receive, send)

        self.app = with_hang_up


class CutOff(Response):
    """Closes the connection without a response, as a killed server does."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"][_HANG_UP]()
        await _caller_gone(receive)


class Hanging(Response):
    """Sends nothing; closes the connection after `hang_s` unless the caller disconnects before.

    Args:
        hang_s: longest wait in seconds.
    """

    def __init__(self, hang_s: float) -> None:
        super().__init__()
        self._hang_s = hang_s

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._hang_s):
                await _caller_gone(receive)
        except TimeoutError:
            await CutOff()(scope, receive, send)


async def _caller_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
