"""Calls to other parties over HTTP: kept-alive connections, a deadline, and the trace."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson
from multidict import CIMultiDictProxy
from yarl import URL

from libs.errors import Unavailable, Unreadable
from libs.part import PartHealth
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Attributes, Tracing, describe_span

REPLY_LIMIT_BYTES = 4 * 1024 * 1024
# Below the time after which our own servers and most others close an idle connection, so that a
# request is rarely written into one that is being closed.
_IDLE_S = 4.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other party answered."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            Unreadable: it is not JSON.
        """
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise Unreadable("not_json", "answer") from None


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
        self._connections = connections
        self._reply_limit_bytes = reply_limit_bytes
        self._opened: aiohttp.ClientSession | None = None
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
        with self._measured(method, url, sent):
            async with self._asked(method, url, body, sent, deadline_s) as response:
                describe_span(
                    {"http.response.status_code": response.status}, failed=response.status >= 500
                )
                return Reply(response.status, response.headers, await self._whole(response))

    @asynccontextmanager
    async def _asked(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        deadline_s: float,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        try:
            async with (
                asyncio.timeout(deadline_s),
                self._session().request(
                    method,
                    URL(url, encoded=True),
                    data=body,
                    headers=headers,
                    allow_redirects=False,
                ) as response,
            ):
                yield response
        except aiohttp.ClientConnectorError as failure:
            raise Unavailable(self._party, "no connection") from failure
        except TimeoutError as failure:
            raise Unanswered(self._party, f"no answer in {deadline_s:g} s") from failure
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, OSError) as failure:
            raise ConnectionLost(self._party, "connection lost") from failure
        except aiohttp.ClientError as failure:
            raise Unreadable("not_http", type(failure).__name__) from failure

    async def _whole(self, response: aiohttp.ClientResponse) -> bytes:
        parts: list[bytes] = []
        size_bytes = 0
        async for part in response.content.iter_any():
            size_bytes += len(part)
            if size_bytes > self._reply_limit_bytes:
                raise Unreadable("answer_too_large", f"over {self._reply_limit_bytes} bytes")
            parts.append(part)
        return b"".join(parts)

    @contextmanager
    def _measured(self, method: str, url: str, headers: dict[str, str]) -> Iterator[None]:
        """Span and count one call, and put the trace into its headers."""
        loop = asyncio.get_running_loop()
        started_s, outcome = loop.time(), "answered"
        place = URL(url, encoded=True)
        attributes: Attributes = {
            "http.request.method": method,
            "server.address": place.host or "",
            "server.port": place.port or 0,
        }
        self._under_way += 1
        self._idle.clear()
        try:
            with self._tracing.span(
                f"{method} {self._party}", kind="client", attributes=attributes
            ) as context:
                headers["traceparent"] = context.traceparent
                if context.tracestate:
                    headers["tracestate"] = context.tracestate
                yield
        except Exception as failure:
            outcome = type(failure).__name__.lower()
            raise
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()
            self._metrics.count("http_client_requests", party=self._party, outcome=outcome)
            self._metrics.observe(
                "http_client_duration_s", loop.time() - started_s, party=self._party
            )

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None or self._opened.closed:
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=_IDLE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, connect=None),
                auto_decompress=False,
                skip_auto_headers=("accept-encoding", "user-agent"),
            )
        return self._opened

    async def run(self, stop: asyncio.Event) -> None:
        """Wait until told to stop and until no call is under way, and close all connections."""
        await stop.wait()
        await self._idle.wait()
        await self.close()

    def health(self) -> PartHealth:
        """Always well: that a party is away is told to those who call it."""
        return PartHealth(detail=f"{self._under_way} under way")

    async def close(self) -> None:
        """Close all connections."""
        if self._opened is not None:
            await self._opened.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
