"""The web application of a service: routes, and what holds for every request.

Each request is placed in its trace, measured, held to a size and a deadline, and answered; every
failure is answered with a problem document.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote_plus

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.bangladesh.text import has_forbidden
from libs.component import ComponentHealth
from libs.errors import Refused, Unavailable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing, describe_span
from libs.web.deadline import Deadline, Held
from libs.web.exchange import Exchange, Kind
from libs.web.health import health_routes
from libs.web.limits import USUAL_LIMITS, RequestLimits, check_announced_size
from libs.web.problems import problem, problem_for
from libs.web.routing import Routes

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
    health: Callable[[], Mapping[str, ComponentHealth]],
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
        self._routes = Routes([*routes, *always_open])
        self._always_open = always_open
        self._service = service
        self._tracing = tracing
        self._metrics = metrics
        self._limits = limits
        self._deadline = Deadline(limits.deadline_s)
        self._kinds: dict[tuple[str, str], Kind] = {}
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
        started_s = time.perf_counter()
        route, allowed = self._routes.find(scope)
        exchange = Exchange(scope, receive, send, self._limits.body_bytes)
        kind = self._kind(scope["method"], route.path if route else _NO_ROUTE)
        with self._tracing.span(
            kind.name,
            parent=exchange.trace_context() or self._tracing.begin(),
            kind="server",
            attributes=kind.attributes,
        ):
            response = await self._answer(exchange, route, allowed)
            status = response.status_code if response else _NOBODY_LEFT
            describe_span({"http.response.status_code": status}, failed=status >= 500)
        kind.count(status, time.perf_counter() - started_s)
        if response:
            await self._send(exchange, response)

    def _kind(self, method: str, route: str) -> Kind:
        method = method if method in _METHODS else "_OTHER"
        kind = self._kinds.get((method, route))
        if kind is None:
            kind = self._kinds[method, route] = Kind(method, route, self._metrics)
        return kind

    async def _answer(
        self, exchange: Exchange, route: Route | None, allowed: set[str]
    ) -> Response | None:
        try:
            if route is None:
                return _unrouted(allowed, exchange)
            self._take_in(route)
            try:
                return await self._run(exchange, route)
            finally:
                self._in_hand -= 1
        except ClientDisconnect:
            return None
        except Exception as failure:  # noqa: BLE001  # house: broad-except (the last resort)
            return self._answer_to(failure, exchange)

    def _take_in(self, route: Route) -> None:
        if self._in_hand >= self._limits.at_once and route not in self._always_open:
            raise Unavailable("requests", "too many at once", retry_after_s=1)
        self._in_hand += 1

    async def _run(self, exchange: Exchange, route: Route) -> Response:
        check_announced_size(exchange.headers.get(b"content-length"), self._limits.body_bytes)
        _check_address(exchange.scope)
        held = Held(self._deadline)
        try:
            with held:
                request = Request(exchange.scope, exchange.receive)
                response: Response = await route.endpoint(request)
                return response
        except TimeoutError as failure:
            if held.expired and exchange.waits_for_body:
                raise Refused("body_late") from failure
            if held.expired:
                raise Unavailable("deadline", "no answer in time") from failure
            raise

    def _answer_to(self, failure: Exception, exchange: Exchange) -> Response:
        response = problem_for(failure, exchange.language) or _http_problem(failure, exchange)
        if response is None:
            log.error("request failed", web=self._service, exc_info=failure)
            return problem("internal", exchange.language)
        if isinstance(failure, Unavailable):
            log.warning("request not served", web=self._service, dependency=failure.dependency)
        return response

    async def _send(self, exchange: Exchange, response: Response) -> None:
        """Send an answer; outside the span, since a live view stays open for hours."""
        try:
            await response(exchange.scope, exchange.receive, exchange.send)
        except OSError:
            log.info("caller left", web=self._service)
        except Exception:  # house: broad-except (half an answer is out)
            log.exception("answer broken off", web=self._service)


def _unrouted(allowed: set[str], exchange: Exchange) -> Response:
    if not allowed:
        return problem("not_found", exchange.language)
    headers = {"allow": ", ".join(sorted(allowed))}
    return problem("method_not_allowed", exchange.language, headers=headers)


def _http_problem(failure: Exception, exchange: Exchange) -> Response | None:
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


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
