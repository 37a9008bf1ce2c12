"""ASGI middleware that traces and measures each request."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.telemetry.metrics import Metrics
from libs.telemetry.series import Histogram, Number
from libs.telemetry.spans import request
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext, read_context

_NO_ROUTE = "unmatched"
_CLIENT_LEFT = 499  # the answer had not begun
_PROBES = ("/health/", "/metrics")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestTelemetry:
    """Makes a server span for a request, and counts it by the template of its route.

    Span and duration end when the answer begins, since a live view stays open for hours. Values in
    an address are not used as labels.

    Args:
        app: the application.
        tracing: makes the spans.
        metrics: counts requests and their durations.
    """

    def __init__(self, app: ASGIApp, *, tracing: Tracing, metrics: Metrics) -> None:
        self._app = app
        self._tracing = tracing
        self._metrics = metrics
        self._kinds: dict[tuple[str, str], RequestKind] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_s = time.perf_counter()
        answered = False

        def measure(status: int) -> None:
            nonlocal answered
            answered = True
            kind, took_s = self._kind_of(scope), time.perf_counter() - started_s
            served.answered(kind.shown, status, took_s)
            kind.count(status, took_s)

        async def send_measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                measure(message["status"])
            await send(message)

        quiet = scope["path"].startswith(_PROBES)
        with self._tracing.serve(_trace_context(scope), quiet=quiet) as served:
            await self._app(scope, receive, send_measured)
            if not answered:
                measure(_CLIENT_LEFT)

    def _kind_of(self, scope: Scope) -> "RequestKind":
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        route: str = getattr(scope.get("route"), "path", _NO_ROUTE)
        kind = self._kinds.get((method, route))
        if kind is None:
            kind = self._kinds[method, route] = RequestKind(method, route, self._metrics)
        return kind


class RequestKind:
    """Name and counters of the requests with one method to one route.

    Args:
        method: a known HTTP method.
        route: the template of the path.
        metrics: holds the counters.
    """

    def __init__(self, method: str, route: str, metrics: Metrics) -> None:
        self.shown = request(method, route)
        self._labels = {"method": method, "route": route}
        self._metrics = metrics
        self._requests: dict[int, Number] = {}
        self._durations: Histogram | None = None  # one for all answers: it has 18 series

    def count(self, status: int, took_s: float) -> None:
        """Count an answer and its duration in seconds."""
        requests = self._requests.get(status // 100) or self._requests_of(status // 100)
        requests.value += 1
        if self._durations is None:
            self._durations = self._metrics.histogram("http_request_duration_s", **self._labels)
        self._durations.observe(took_s)

    def _requests_of(self, hundreds: int) -> Number:
        labels = {**self._labels, "status_class": f"{hundreds}xx"}
        self._requests[hundreds] = self._metrics.counter("http_requests", **labels)
        return self._requests[hundreds]


def _trace_context(scope: Scope) -> TraceContext | None:
    traceparent, tracestate = None, b""
    for name, value in scope["headers"]:
        if name == b"traceparent":
            if traceparent is not None:
                return None  # nobody knows which one is right
            traceparent = value
        elif name == b"tracestate":
            tracestate = tracestate + b"," + value if tracestate else value
    if traceparent is None:
        return None
    return read_context(traceparent.decode("latin-1"), tracestate.decode("latin-1"))
