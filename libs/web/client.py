"""Calls to other parties over HTTP: kept-alive connections, a deadline, and the trace."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

import orjson

from libs.component import ComponentHealth
from libs.errors import Unavailable, Unreadable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Attributes, Tracing, describe_span
from libs.trace_context import TraceContext
from libs.web import wire
from libs.web.connections import Connections, NoConnection
from libs.web.wire import Reply

REPLY_LIMIT_BYTES = 4 * 1024 * 1024
# Below the time after which our own servers and most others close an idle connection, so that a
# request is rarely written into one that is being closed.
_IDLE_S = 4.0
_SAFE = frozenset({"GET", "HEAD"})  # asked once more where a kept connection was closed unseen


class Unanswered(Unavailable):
    """The question was sent and no answer came: the other side may have acted, or not."""


class ConnectionLost(Unanswered):
    """The connection broke between the question and its answer."""


class HttpClient:
    """Calls to one party, or to several under one name; a part, so that draining closes it.

    Args:
        party: who is called, for failures, metrics and spans.
        tracing: makes the client spans.
        metrics: counts calls.
        connections: most connections at once.
        reply_limit_bytes: longest answer taken in.
    """

    def __init__(
        self,
        party: str,
        *,
        tracing: Tracing,
        metrics: Metrics,
        connections: int = 100,
        reply_limit_bytes: int = REPLY_LIMIT_BYTES,
    ) -> None:
        self.name = f"calls to {party}"
        self._party = party
        self._tracing = tracing
        self._metrics = metrics
        self._durations = metrics.spread("http_client_duration_s", party=party)
        self._most = connections
        self._reply_limit_bytes = reply_limit_bytes
        self._opened: Connections | None = None  # from the first call, in the running loop
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def call(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        deadline_s: float,
    ) -> Reply:
        """Ask and return the whole answer, whatever its status.

        Without a connection it fails as `Unavailable`, where the question may have arrived as
        `Unanswered`, and where the answer is over the limit or no HTTP as `Unreadable`.

        Args:
            method: HTTP method.
            url: absolute address, its query included.
            json: sent as a JSON body.
            body: sent as it is, instead of `json`.
            headers: sent beside the trace's.
            deadline_s: seconds for everything, connecting included.
        """
        sent = dict(headers or {})
        if json is not None:
            body = orjson.dumps(json)
            sent.setdefault("content-type", "application/json")
        address, target = wire.split(url)
        origin = wire.origin_of(address)
        begun_s, outcome = self._begin(), "answered"
        try:
            with self._span(method, origin) as context:
                sent |= _trace_headers(context)
                authority = address.partition("://")[2]
                request = wire.request_bytes(method, authority, target, sent, body)
                reply = await self._asked(method, origin, request, deadline_s)
                describe_span(
                    {"http.response.status_code": reply.status}, failed=reply.status >= 500
                )
                return reply
        except Exception as failure:
            outcome = type(failure).__name__.lower()
            raise
        finally:
            self._end(begun_s, outcome)

    async def _asked(
        self, method: str, origin: wire.Origin, request: bytes, deadline_s: float
    ) -> Reply:
        ask = self._connections().ask
        try:
            try:
                return await ask(origin, request, method=method, deadline_s=deadline_s)
            except wire.Broken as failure:
                if method not in _SAFE or not failure.untouched:
                    raise
            return await ask(origin, request, method=method, deadline_s=deadline_s)
        except NoConnection as failure:
            raise Unavailable(self._party, "no connection") from failure
        except TimeoutError as failure:
            raise Unanswered(self._party, f"no answer in {deadline_s:g} s") from failure
        except wire.Broken as failure:
            raise ConnectionLost(self._party, "connection lost") from failure
        except wire.NotHttp as failure:
            raise Unreadable("not_http", "answer") from failure
        except wire.TooLarge as failure:
            limit = f"over {self._reply_limit_bytes} bytes"
            raise Unreadable("answer_too_large", limit) from failure

    def _span(self, method: str, origin: wire.Origin) -> AbstractContextManager[TraceContext]:
        attributes: Attributes = {
            "http.request.method": method,
            "server.address": origin.host,
            "server.port": origin.port,
        }
        return self._tracing.span(f"{method} {self._party}", kind="client", attributes=attributes)

    def _begin(self) -> float:
        self._under_way += 1
        self._idle.clear()
        return time.perf_counter()

    def _end(self, begun_s: float, outcome: str) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._idle.set()
        self._metrics.count("http_client_requests", party=self._party, outcome=outcome)
        self._durations.observe(time.perf_counter() - begun_s)

    def _connections(self) -> Connections:
        if self._opened is None:
            self._opened = Connections(
                most=self._most, idle_s=_IDLE_S, limit_bytes=self._reply_limit_bytes
            )
        return self._opened

    async def run(self, stop: asyncio.Event) -> None:
        """Wait until told to stop and until no call is under way, and close all connections."""
        await stop.wait()
        await self._idle.wait()
        await self.close()

    def health(self) -> ComponentHealth:
        """Always well: that a party is away is told to those who call it."""
        return ComponentHealth(detail=f"{self._under_way} under way")

    async def close(self) -> None:
        """Close all connections."""
        if self._opened is not None:
            self._opened.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def _trace_headers(context: TraceContext) -> dict[str, str]:
    headers = {"traceparent": context.traceparent}
    return headers | {"tracestate": context.tracestate} if context.tracestate else headers
