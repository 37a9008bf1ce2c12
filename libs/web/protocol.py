"""Uvicorn's HTTP protocol, with answers in one write and problem documents for invalid HTTP."""

import asyncio
from typing import cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from libs.web.coalescing import CoalescingTransport
from libs.web.problems import problem


class CoalescingProtocol(HttpToolsProtocol):
    """Uvicorn's protocol over a `CoalescingTransport`."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(
            CoalescingTransport(cast("asyncio.Transport", transport), self.loop)
        )

    @override
    def send_400_response(self, msg: str) -> None:
        """Answer an invalid HTTP request with a problem document, and close (RFC 9112, 9.6).

        The preferred language is unknown, so the answer is in Bangla.
        """
        answer = problem("bad_request", "bn", headers={"connection": "close"})
        fields = [*self.server_state.default_headers, *answer.raw_headers]
        head = [b"%s: %s\r\n" % field for field in fields]
        self.transport.write(
            b"".join([b"HTTP/1.1 400 Bad Request\r\n", *head, b"\r\n", answer.body])
        )
        self.transport.close()
