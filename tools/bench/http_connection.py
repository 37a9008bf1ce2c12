"""A minimal HTTP client connection: it sends prepared bytes and reads status and body."""

import asyncio
from collections.abc import Callable
from typing import cast

import httptools
from typing_extensions import override

NO_ANSWER = 0  # instead of a status: the connection was lost before the response


class HttpConnection(asyncio.Protocol):
    """One kept-alive connection with at most one request under way.

    Args:
        on_response: called with the connection, the status and the body of every response.
        on_lost: called with the connection when it is closed.
    """

    def __init__(
        self,
        on_response: Callable[["HttpConnection", int, bytes], None],
        on_lost: Callable[["HttpConnection"], None],
    ) -> None:
        self._on_response = on_response
        self._on_lost = on_lost
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self._transport: asyncio.Transport | None = None  # until it is connected

    def send(self, request: bytes) -> None:
        """Send a request; the one before it must have been answered."""
        if self._transport is not None:
            self._transport.write(request)

    def close(self) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    # -- called by the event loop

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    @override
    def connection_lost(self, failure: Exception | None) -> None:
        self._on_lost(self)

    # -- called by the parser

    def on_body(self, chunk: bytes) -> None:
        """Store a chunk of the body."""
        self._body = self._body + chunk if self._body else chunk

    def on_message_complete(self) -> None:
        """Pass the response on."""
        body, self._body = self._body, b""
        self._on_response(self, self._parser.get_status_code(), body)
