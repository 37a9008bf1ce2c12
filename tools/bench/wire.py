"""HTTP at the least cost: ready bytes go out, and an answer is its status and its body."""

import asyncio
from collections.abc import Callable
from typing import cast

import httptools
from typing_extensions import override

NO_ANSWER = 0  # in the place of a status: the connection was lost with a request under way


class Line(asyncio.Protocol):
    """One kept-alive connection with at most one request under way.

    Args:
        answered: is given the line, the status and the body of each answer.
        lost: is given the line when its connection is gone.
    """

    def __init__(
        self, answered: Callable[["Line", int, bytes], None], lost: Callable[["Line"], None]
    ) -> None:
        self._answered = answered
        self._lost = lost
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self._transport: asyncio.Transport | None = None  # from the moment it is connected

    def send(self, request: bytes) -> None:
        """Send one request; the one before it must have been answered."""
        if self._transport is not None:
            self._transport.write(request)

    def close(self) -> None:
        """Let the connection go."""
        if self._transport is not None:
            self._transport.abort()

    # -- called by the loop

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    @override
    def connection_lost(self, failure: Exception | None) -> None:
        self._lost(self)

    # -- called by the parser

    def on_body(self, part: bytes) -> None:
        """Keep a part of the body; short ones come whole."""
        self._body = self._body + part if self._body else part

    def on_message_complete(self) -> None:
        """Hand the answer on."""
        body, self._body = self._body, b""
        self._answered(self, self._parser.get_status_code(), body)
