"""Answers that are none: a connection cut off, and a request that nobody ever answers."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

_HANG_UP: Final = "nagorik.hang_up"


class CanHangUp:
    """Lets what is inside cut the connection, which ASGI itself has no word for.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a way to cut its connection."""
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is not None:
            scope.setdefault("extensions", {})[_HANG_UP] = transport.abort
        await self._app(scope, receive, send)


class CutOff(Response):
    """Breaks the connection without a word, as a server that dies does."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut the connection; where the server cannot, break the answer off in the middle.

        Raises:
            ConnectionAbortedError: the server cannot; it closes the connection after this.
        """
        hang_up: Callable[[], Any] | None = scope.get("extensions", {}).get(_HANG_UP)
        if hang_up is None:
            headers = [(b"content-length", b"2")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            raise ConnectionAbortedError("cut off on purpose")
        hang_up()
        await _caller_gone(receive)


class Hanging(Response):
    """Keeps a caller waiting until the caller gives up, and cuts the connection at the latest.

    Args:
        hang_s: seconds until then.
    """

    def __init__(self, hang_s: float) -> None:
        super().__init__()
        self._hang_s = hang_s

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the caller to give up."""
        try:
            async with asyncio.timeout(self._hang_s):
                await _caller_gone(receive)
        except TimeoutError:
            await CutOff()(scope, receive, send)


async def _caller_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
