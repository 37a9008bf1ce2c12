"""Uvicorn's HTTP protocol, with answers in one write and limits before a request has begun.

A request that the parser refuses gets a problem document (RFC 9457). A connection that sends no
request, or an incomplete one, is closed. The application learns whether the caller
has shown a certificate.
"""

import asyncio
from typing import Final, cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from libs.web.handling.problems import problem
from libs.web.serving.browsers import with_browser_headers
from libs.web.serving.callers import HAS_CERTIFICATE
from libs.web.serving.coalescing import CoalescingTransport

HEAD_LIMIT_BYTES: Final = 64 * 1024


class CoalescingProtocol(HttpToolsProtocol):
    """Uvicorn's protocol over a `CoalescingTransport`.

    Uvicorn has a time-out only between two requests, and the parser has no limit.

    Attributes:
        head_within_s: seconds until the head of a request is complete; a subclass may differ.
    """

    head_within_s = 10.0
    _head_began = False
    _head_complete = False
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None
    _has_certificate = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(
            CoalescingTransport(cast("asyncio.Transport", transport), self.loop)
        )
        # The other side's, and only if our CA signed it.
        self._has_certificate = bool(transport.get_extra_info("peercert"))
        self._wait_for_head()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if not self._head_complete:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_complete and not self.cycle.response_complete:
            if self._head_timer is not None:
                self._stop_waiting()
            return
        if self._head_timer is None and not self.transport.is_closing():
            self._wait_for_head()
        is_too_large = not self._head_complete and self._head_bytes > HEAD_LIMIT_BYTES
        if is_too_large and not self.transport.is_closing():
            self._refuse("head_too_large")

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[HAS_CERTIFICATE] = self._has_certificate  # type: ignore[typeddict-unknown-key]
        self._head_began, self._head_complete = True, False

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header; the parser hands on the blanks after its value (RFC 9110, 5.5)."""
        super().on_header(name, value.rstrip(b" \t"))

    @override
    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._head_complete, self._head_bytes = True, 0

    @override
    def send_400_response(self, msg: str) -> None:
        """Answer an invalid HTTP request with a problem document, and close (RFC 9112, 9.6).

        If it follows a request whose answer is not complete, that answer is the last one.
        """
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if not cycle.more_body:
                cycle.keep_alive = False
                return
            if cycle.response_started:
                self.transport.close()
                return
        self._refuse("bad_request")

    def _refuse(self, code: str) -> None:
        """Answer with a problem, in Bangla since the preferred language is unknown, and close."""
        answer = problem(code, "bn", headers={"connection": "close"})
        fields = with_browser_headers([*self.server_state.default_headers, *answer.raw_headers])
        head = [b"%s: %s\r\n" % field for field in fields]
        self.transport.write(
            b"".join([STATUS_LINE[answer.status_code], *head, b"\r\n", answer.body])
        )
        self.transport.close()

    def _wait_for_head(self) -> None:
        self._head_timer = self.loop.call_later(self.head_within_s, self._head_late)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_late(self) -> None:
        self._head_timer = None
        if self.transport.is_closing():
            return
        if self._head_began and not self._head_complete:
            self._refuse("request_late")
        elif self.cycle is None or self.cycle.response_complete:
            self.transport.close()
