"""A minimal HTTP client: it sends prepared bytes and reads status and body."""

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

    @property
    def is_open(self) -> bool:
        """Whether a request can be sent; a server may close a connection that is idle."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, request: bytes) -> None:
        """Send a request on an open connection; the one before it must have been answered."""
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


class HttpClient:
    """Sends one request at a time on a kept connection, and replaces a connection that is closed.

    Args:
        host: of the server.
        port: of the server.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._connection: HttpConnection | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; return status and body, or `NO_ANSWER` if the connection was lost.

        Raises:
            OSError: the server takes no connection.
        """
        loop = asyncio.get_running_loop()
        if self._connection is None or not self._connection.is_open:
            _, self._connection = await loop.create_connection(
                lambda: HttpConnection(self._on_response, self._on_lost), *self._address
            )
        if not self._connection.is_open:
            return NO_ANSWER, b""
        self._answer = loop.create_future()
        self._connection.send(request)
        return await self._answer

    def close(self) -> None:
        """Close the connection at once."""
        if self._connection is not None:
            self._connection.close()

    def _on_response(self, _: HttpConnection, status: int, body: bytes) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((status, body))

    def _on_lost(self, connection: HttpConnection) -> None:
        if connection is self._connection:  # else it was closed while idle, and replaced
            self._on_response(connection, NO_ANSWER, b"")
