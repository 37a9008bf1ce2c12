"""HTTP calls to another system: kept-alive connections, a deadline, and the trace."""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson
from aiohttp import AddrInfoType
from multidict import MultiMapping
from yarl import URL

from libs.bangladesh.text import Malformed, parse_int
from libs.component import ComponentHealth
from libs.errors import Unanswered, Unavailable, Unreadable
from libs.telemetry.metrics import Metrics
from libs.telemetry.spans import call
from libs.telemetry.tracing import Tracing, describe_span
from libs.trace_context import TraceContext

REPLY_LIMIT_BYTES = 4 * 1024 * 1024
_LONGEST_PAUSE_S = 24 * 3600.0
_PIECE_BYTES = 64 * 1024
_STREAM_CONNECT_S = 5.0
# Shorter than the idle time of our own servers and most others, so that a request rarely meets a
# connection that is being closed.
_IDLE_S = 4.0
# Share of the deadline for a free connection. Below 1, so that a failure to connect is not reported
# as a missing answer.
_CONNECT_SHARE = 0.9
# No header is added to those of the caller: the gateway passes requests on unchanged.
_NOT_ADDED = ("accept", "accept-encoding", "content-type", "user-agent")


@dataclass(frozen=True, slots=True)
class Reply:
    """The complete answer to a call."""

    status: int
    headers: MultiMapping[str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters; empty without `Content-Type`."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            Unreadable: it is not JSON.
        """
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise Unreadable("not_json", "answer") from None

    def retry_after_s(self, now: datetime) -> float | None:
        """Read `Retry-After`, seconds or a date (RFC 9110, section 10.2.3): seconds, a day at most.

        None if there is none, or it is malformed.
        """
        text = self.headers.get("Retry-After", "").strip()
        with suppress(Malformed):
            return min(float(parse_int(text)), _LONGEST_PAUSE_S)
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        wait_s = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
        return min(max(wait_s, 0.0), _LONGEST_PAUSE_S)


@dataclass(frozen=True, slots=True)
class StreamedReply:
    """The beginning of an answer whose body is still to come."""

    status: int
    headers: MultiMapping[str]
    body: AsyncIterator[bytes]


class ConnectionLost(Unanswered):
    """The connection broke between the request and its answer."""


class HttpClient:
    """Calls one system, or several under one name; a component, which closes when it drains.

    A call that acts must be POST or PATCH. aiohttp repeats GET, PUT and DELETE once when a kept
    connection turns out to be closed, although the first request may have had its effect.

    Args:
        destination: name of the called system, for exceptions, metrics and spans.
        tracing: makes client spans.
        metrics: counts calls.
        connections: maximum number of connections.
        reply_limit_bytes: maximum length of an answer body.
        tls: for addresses with https; by default the system's certificates and none of our own.
        may_connect: returns whether an IP address may be connected to, whatever name it was found
            under; by default every one.
    """

    def __init__(  # noqa: PLR0913
        self,
        destination: str,
        *,
        tracing: Tracing,
        metrics: Metrics,
        connections: int = 100,
        reply_limit_bytes: int = REPLY_LIMIT_BYTES,
        tls: ssl.SSLContext | None = None,
        may_connect: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.name = f"calls to {destination}"
        self._destination = destination
        self._tracing = tracing
        self.metrics = metrics
        self._durations = metrics.histogram("http_client_duration_s", destination=destination)
        self._most = connections
        self._reply_limit_bytes = reply_limit_bytes
        self._tls = tls
        self._may_connect = may_connect
        self._opened: aiohttp.ClientSession | None = None  # made at the first call, in its loop
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def call(  # noqa: PLR0913
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        deadline_s: float,
        limit_bytes: int | None = None,
    ) -> Reply:
        """Send a request and return the complete answer, with any status.

        Args:
            method: HTTP method; POST or PATCH for a call that acts.
            url: absolute address with its query; not re-encoded.
            json: a JSON body.
            body: a body of bytes, instead of `json`.
            headers: sent with those of the trace.
            deadline_s: seconds for everything, connecting included.
            limit_bytes: longest answer, where it is not the client's.

        Raises:
            Unavailable: there was no connection; nothing was sent.
            Unanswered: the request may have arrived, and no answer came in time.
            ConnectionLost: the request may have arrived, and the connection broke.
            Unreadable: the answer is not HTTP, or longer than the limit.
            ValueError: the address or a header contains a line break.
        """
        target, sent = _address(url), dict(headers or {})
        if json is not None:
            body = orjson.dumps(json)
            sent.setdefault("content-type", "application/json")
        with self._observed(method, target) as context:
            sent |= _trace_headers(context)
            reply = await self._exchange(method, target, body, sent, deadline_s, limit_bytes)
            describe_span({"http.response.status_code": reply.status}, failed=reply.status >= 500)
            return reply

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        body: AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        deadline_s: float,
    ) -> AsyncIterator[StreamedReply]:
        """Send a body as it arrives, and yield the answer as soon as it begins.

        Neither is in memory as a whole, and the limit of an answer's length does not hold.

        Args:
            method: HTTP method.
            url: absolute address with its query; not re-encoded.
            body: pieces of the body; a failure of the iterator is raised here, and ends the call.
            headers: sent with those of the trace; with a `content-length` the body has that length.
            deadline_s: seconds for everything, both bodies included.

        Raises:
            Unavailable: there was no connection; nothing was sent.
            Unanswered: no answer came in time.
            ConnectionLost: the connection broke, perhaps in the middle of the answer.
            Unreadable: the answer is not HTTP.
            ValueError: the address or a header contains a line break.
        """
        target, source = _address(url), _Source(body) if body else None
        timeout = aiohttp.ClientTimeout(
            total=deadline_s, connect=min(_STREAM_CONNECT_S, deadline_s), ceil_threshold=inf
        )
        with self._observed(method, target) as context, self._failures(deadline_s, source):
            sent = {**(headers or {}), **_trace_headers(context)}
            async with self._session().request(
                method,
                target,
                data=source,
                headers=sent,
                allow_redirects=False,
                timeout=timeout,
            ) as answer:
                describe_span(
                    {"http.response.status_code": answer.status}, failed=answer.status >= 500
                )
                pieces = answer.content.iter_chunked(_PIECE_BYTES)
                yield StreamedReply(answer.status, answer.headers, aiter(pieces))

    @contextmanager
    def _observed(self, method: str, target: URL) -> Iterator[TraceContext]:
        """Count and time a call, and make its span."""
        begun_s, outcome = self._begin(), "answered"
        try:
            with self._span(method, target) as context:
                yield context
        except Exception as failure:
            outcome = type(failure).__name__.lower()
            raise
        finally:
            self._end(begun_s, outcome)

    @contextmanager
    def _failures(self, deadline_s: float, source: "_Source | None" = None) -> Iterator[None]:
        """Translate aiohttp's failures; a failure of the body's source is raised as it is."""
        try:
            yield
        except (aiohttp.ClientError, TimeoutError) as failure:
            if source and source.failure:
                raise source.failure from None
            raise self._translated(failure, deadline_s) from failure

    def _translated(self, failure: Exception, deadline_s: float) -> Exception:
        match failure:
            case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
                return Unavailable(self._destination, "no connection")
            case TimeoutError():
                return Unanswered(self._destination, f"no answer in {deadline_s:g} s")
            case aiohttp.ClientConnectionError() | aiohttp.ClientPayloadError():
                return ConnectionLost(self._destination, "connection lost")
            case _:
                return Unreadable("not_http", "answer")

    async def _exchange(
        self,
        method: str,
        url: URL,
        body: bytes | None,
        headers: Mapping[str, str],
        deadline_s: float,
        limit_bytes: int | None,
    ) -> Reply:
        timeout = aiohttp.ClientTimeout(
            total=deadline_s, connect=deadline_s * _CONNECT_SHARE, ceil_threshold=inf
        )
        request = self._session().request(
            method, url, data=body, headers=headers, allow_redirects=False, timeout=timeout
        )
        with self._failures(deadline_s):
            async with request as answer:
                if answer.status < 200:
                    raise Unreadable("not_http", "another protocol")
                content = await self._body_of(answer, limit_bytes or self._reply_limit_bytes)
                return Reply(answer.status, answer.headers, content)

    async def _body_of(self, answer: aiohttp.ClientResponse, limit_bytes: int) -> bytes:
        length_bytes = answer.content_length
        if length_bytes is not None and length_bytes <= limit_bytes:
            return await answer.read()
        body = b""
        while chunk := await answer.content.read(limit_bytes + 1 - len(body)):
            body += chunk
        if len(body) > limit_bytes:
            raise Unreadable("answer_too_large", f"over {limit_bytes} bytes")
        return body

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._most,
                    keepalive_timeout=_IDLE_S,
                    ssl=self._tls or True,
                    socket_factory=self._socket,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=_NOT_ADDED,
            )
        return self._opened

    def _socket(self, address: AddrInfoType) -> socket.socket:
        """Make the socket of a connection, when its IP address is known.

        Raises:
            PermissionError: the address is not allowed; the call is then `Unavailable`.
        """
        family, kind, protocol, _, (host, *_) = address
        if not self._may_connect(str(host)):
            raise PermissionError("address not allowed")
        return socket.socket(family, kind, protocol)

    def _span(self, method: str, url: URL) -> AbstractContextManager[TraceContext]:
        shown = call(method, self._destination, url.host or "", url.port or 0)
        return self._tracing.span(shown.name, kind=shown.kind, attributes=shown.attributes)

    def _begin(self) -> float:
        self._under_way += 1
        self._idle.clear()
        return time.perf_counter()

    def _end(self, begun_s: float, outcome: str) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._idle.set()
        self.metrics.count("http_client_requests", destination=self._destination, outcome=outcome)
        self._durations.observe(time.perf_counter() - begun_s)

    async def run(self, stop: asyncio.Event) -> None:
        """Wait until `stop` is set and no call is under way, then close all connections."""
        await stop.wait()
        await self._idle.wait()
        await self.close()

    def health(self) -> ComponentHealth:
        """Always ready: callers get `Unavailable` while the destination does not answer."""
        return ComponentHealth(detail=f"{self._under_way} under way")

    async def close(self) -> None:
        """Close all connections."""
        session, self._opened = self._opened, None
        if session is not None:
            await session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


class _Source:
    """Passes the pieces of a body on, and keeps the failure of their source."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self.failure: Exception | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._pieces:
                yield piece
        except Exception as failure:
            self.failure = failure
            raise


def _address(url: str) -> URL:
    """Read an absolute address.

    Raises:
        ValueError: it is not one of HTTP, or holds a blank or a line break.
    """
    address = URL(url, encoded=True)
    if address.scheme not in {"http", "https"} or not address.host or len(url.split()) != 1:
        raise ValueError("not an HTTP address")
    return address


def _trace_headers(context: TraceContext) -> dict[str, str]:
    headers = {"traceparent": context.traceparent}
    return headers | {"tracestate": context.tracestate} if context.tracestate else headers
