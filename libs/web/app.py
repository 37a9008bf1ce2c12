"""The web application of a service: routes, and what holds for every request.

Each request is placed in its trace, measured, held to a size and a deadline, and answered; every
failure is answered with a problem document.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import unquote_plus

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.bangladesh.text import has_forbidden
from libs.contracts.language import Language
from libs.errors import Refused, Unavailable
from libs.part import PartHealth
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing, describe_span
from libs.trace_context import TraceContext, read_context
from libs.web.health import health_routes
from libs.web.language import preferred
from libs.web.limits import USUAL_LIMITS, RequestLimits, check_announced_size, limited
from libs.web.problems import problem, problem_for

_NO_ROUTE = "unmatched"
_NOBODY_LEFT = 499  # the caller left before the answer
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = structlog.get_logger()


def make_app(
    routes: Sequence[Route],
    *,
    service: str,
    tracing: Tracing,
    metrics: Metrics,
    health: Callable[[], Mapping[str, PartHealth]],
    limits: RequestLimits = USUAL_LIMITS,
) -> ASGIApp:
    """Make a service's web application.

    Args:
        routes: its routes, tried in order; each endpoint an async function from a request to its
            answer.
        service: its name, for the log.
        tracing: makes the server spans.
        metrics: counts requests, and is shown at `/metrics`.
        health: gives each part's health under its name.
        limits: what one request may take.
    """
    return _App(routes, health_routes(health, metrics), service, tracing, metrics, limits)


class _App:
    def __init__(
        self,
        routes: Sequence[Route],
        always_open: Sequence[Route],
        service: str,
        tracing: Tracing,
        metrics: Metrics,
        limits: RequestLimits,
    ) -> None:
        self._routes = [*routes, *always_open]
        self._always_open = always_open
        self._service = service
        self._tracing = tracing
        self._metrics = metrics
        self._limits = limits
        self._in_hand = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._serve(scope, receive, send)
            case "lifespan":
                await _lifespan(receive, send)
            case _:
                await send({"type": "websocket.close", "code": 1000})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        route, allowed = self._find(scope)
        name = route.path if route else _NO_ROUTE
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        started_s = time.perf_counter()
        exchange = _Exchange(scope, receive, send, self._limits)
        attributes = {"http.request.method": method, "http.route": name, "url.scheme": "http"}
        parent = _incoming(scope) or self._tracing.begin()
        with self._tracing.span(
            f"{method} {name}", parent=parent, kind="server", attributes=attributes
        ):
            response = await self._answer(exchange, route, allowed)
            status = response.status_code if response else _NOBODY_LEFT
            describe_span({"http.response.status_code": status}, failed=status >= 500)
        labels = {"method": method, "route": name, "status_class": f"{status // 100}xx"}
        self._metrics.count("http_requests", 1, **labels)
        self._metrics.observe("http_request_duration_s", time.perf_counter() - started_s, **labels)
        if response:
            await self._send(exchange, response)

    def _find(self, scope: Scope) -> tuple[Route | None, set[str]]:
        allowed: set[str] = set()
        for route in self._routes:
            match, child_scope = route.matches(scope)
            if match is Match.FULL:
                scope.update(child_scope)
                return route, allowed
            if match is Match.PARTIAL:
                allowed |= route.methods or set()
        return None, allowed

    async def _answer(
        self, exchange: "_Exchange", route: Route | None, allowed: set[str]
    ) -> Response | None:
        try:
            if route is None:
                return _unrouted(allowed, exchange)
            with self._counted(route):
                return await exchange.run(route)
        except ClientDisconnect:
            return None
        except Exception as failure:  # noqa: BLE001  # house: broad-except (the last resort)
            return self._answer_to(failure, exchange)

    @contextmanager
    def _counted(self, route: Route) -> Iterator[None]:
        if self._in_hand >= self._limits.at_once and route not in self._always_open:
            raise Unavailable("requests", "too many at once", retry_after_s=1)
        self._in_hand += 1
        try:
            yield
        finally:
            self._in_hand -= 1

    def _answer_to(self, failure: Exception, exchange: "_Exchange") -> Response:
        response = problem_for(failure, exchange.language) or _http_problem(failure, exchange)
        if response is None:
            log.error("request failed", web=self._service, exc_info=failure)
            return problem("internal", exchange.language)
        if isinstance(failure, Unavailable):
            log.warning("request not served", web=self._service, party=failure.party)
        return response

    async def _send(self, exchange: "_Exchange", response: Response) -> None:
        """Send an answer; outside the span, since a live view stays open for hours."""
        try:
            await response(exchange.scope, exchange.receive, exchange.send)
        except OSError:
            log.info("caller left", web=self._service)
        except Exception:  # house: broad-except (half an answer is out)
            log.exception("answer broken off", web=self._service)


class _Exchange:
    """One request, and the ways to read it and to answer it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: RequestLimits) -> None:
        self.scope = scope
        self.send = send
        self._limits = limits
        self._limited = limited(receive, limits.body_bytes)
        self._waits_for_body = False

    async def receive(self) -> Message:
        self._waits_for_body = True
        message = await self._limited()
        self._waits_for_body = False
        return message

    @property
    def language(self) -> Language:
        for name, value in self.scope["headers"]:
            if name == b"accept-language":
                return preferred(value.decode("latin-1"))
        return preferred(None)

    async def run(self, route: Route) -> Response:
        check_announced_size(self.scope, self._limits.body_bytes)
        _check_address(self.scope)
        deadline = asyncio.timeout(self._limits.deadline_s)
        try:
            async with deadline:
                response: Response = await route.endpoint(Request(self.scope, self.receive))
                return response
        except TimeoutError as failure:
            if deadline.expired() and self._waits_for_body:
                raise Refused("body_late") from failure
            if deadline.expired():
                raise Unavailable("deadline", "no answer in time") from failure
            raise


def _unrouted(allowed: set[str], exchange: _Exchange) -> Response:
    if not allowed:
        return problem("not_found", exchange.language)
    headers = {"allow": ", ".join(sorted(allowed))}
    return problem("method_not_allowed", exchange.language, headers=headers)


def _http_problem(failure: Exception, exchange: _Exchange) -> Response | None:
    if not isinstance(failure, HTTPException) or failure.status_code >= 500:
        return None
    codes = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
    code = codes.get(failure.status_code, "bad_request")
    return problem(code, exchange.language, headers=failure.headers)


def _check_address(scope: Scope) -> None:
    """Turn away control characters before a store meets them: PostgreSQL cannot keep a NUL.

    Raises:
        Refused: the path or the query has one.
    """
    if has_forbidden(scope["path"]):
        raise Refused("not_found")
    query: bytes = scope["query_string"]
    if b"%" in query and has_forbidden(unquote_plus(query.decode("latin-1"))):
        raise Refused("bad_query")


def _incoming(scope: Scope) -> TraceContext | None:
    traceparent = tracestate = None
    for name, value in scope["headers"]:
        if name == b"traceparent":
            traceparent = value.decode("latin-1")
        elif name == b"tracestate":
            tracestate = value.decode("latin-1")
    return read_context(traceparent, tracestate)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
