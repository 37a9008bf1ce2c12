"""One request on its way through the application, and the kind of request that it is."""

from starlette.types import Message, Receive, Scope, Send

from libs.contracts.language import Language
from libs.errors import Refused
from libs.telemetry.metrics import Metrics
from libs.telemetry.series import Spread, Tally
from libs.telemetry.tracing import Attributes
from libs.trace_context import TraceContext, read_context
from libs.web.language import preferred


class Exchange:
    """One request, and the ways to read it and to answer it.

    Args:
        scope: what came.
        receive: gives its body.
        send: takes its answer.
        limit_bytes: largest body.
    """

    __slots__ = ("_limit_bytes", "_receive", "_seen_bytes", "headers", "scope", "send",
                 "waits_for_body")  # fmt: skip

    def __init__(self, scope: Scope, receive: Receive, send: Send, limit_bytes: int) -> None:
        self.scope = scope
        self.send = send
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.waits_for_body = False
        self._receive = receive
        self._limit_bytes = limit_bytes
        self._seen_bytes = 0

    async def receive(self) -> Message:
        """Read on, counting a body while it comes, whatever it announced.

        Raises:
            Refused: more than the limit has come.
        """
        self.waits_for_body = True
        message = await self._receive()
        self.waits_for_body = False
        self._seen_bytes += len(message.get("body", b""))
        if self._seen_bytes > self._limit_bytes:
            raise Refused("body_too_large")
        return message

    @property
    def language(self) -> Language:
        """The language that the caller asks its answer in."""
        return preferred(self.headers.get(b"accept-language", b"").decode("latin-1"))

    def trace_context(self) -> TraceContext | None:
        """Where the caller is in its trace."""
        traceparent = self.headers.get(b"traceparent")
        if traceparent is None:
            return None
        tracestate = self.headers.get(b"tracestate", b"")
        return read_context(traceparent.decode("latin-1"), tracestate.decode("latin-1"))


class Kind:
    """What all requests with one method to one route have in common: their name and figures.

    Args:
        method: of the request, one of the known.
        route: its template, never what stands in an address.
        metrics: counts them.
    """

    def __init__(self, method: str, route: str, metrics: Metrics) -> None:
        self.name = f"{method} {route}"
        self.attributes: Attributes = {
            "http.request.method": method,
            "http.route": route,
            "url.scheme": "http",
        }
        self._labels = {"method": method, "route": route}
        self._metrics = metrics
        self._figures: dict[int, tuple[Tally, Spread]] = {}

    def count(self, status: int, took_s: float) -> None:
        """Count an answer, and the seconds that it took."""
        requests, durations = self._figures.get(status // 100) or self._figures_of(status // 100)
        requests.value += 1
        durations.observe(took_s)

    def _figures_of(self, hundreds: int) -> tuple[Tally, Spread]:
        labels = {**self._labels, "status_class": f"{hundreds}xx"}
        self._figures[hundreds] = (
            self._metrics.tally("http_requests", **labels),
            self._metrics.spread("http_request_duration_s", **labels),
        )
        return self._figures[hundreds]
