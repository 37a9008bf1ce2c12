"""Spans of sampled traces, and of failed or slow calls in others."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Final, TypeGuard, cast

from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, Status, StatusCode
from opentelemetry.trace.span import TraceState
from typing_extensions import override

from libs.telemetry.sampling import PerSecond
from libs.telemetry.spans import NAMED_LATE, SHOWN_LATE, Attributes, Kind, SpanKind, SpanName
from libs.trace_context import TraceContext, current_context, new_context, set_current

_KINDS = {
    "internal": otel.SpanKind.INTERNAL,
    "server": otel.SpanKind.SERVER,
    "client": otel.SpanKind.CLIENT,
    "producer": otel.SpanKind.PRODUCER,
    "consumer": otel.SpanKind.CONSUMER,
}

# The SDK's default of 2,048 dropped 11 % of a burst.
_QUEUE_SPANS = 32_768
_EXPORT_BATCH_SPANS = 2_048
_EXPORT_EVERY_MS = 1_000
SLOW_S: Final = 1.0
"""From here on an answer is slow: what is promised of a click."""
_KEPT_PER_S = 10  # in an outage everything fails, and would be kept
_SECOND_NS = 1_000_000_000


def describe_span(attributes: Attributes, *, failed: bool = False) -> None:
    """Add attributes that are known at the end (a status code) to the current span, if any.

    A request without a span notes whether something in it failed.
    """
    in_hand = _in_hand.get()
    if isinstance(in_hand, Served):
        in_hand.failed = in_hand.failed or failed
    elif in_hand is not None:
        in_hand.set_attributes(_plain(attributes))
        if failed:
            in_hand.set_status(Status(StatusCode.ERROR))


class Tracing:
    """Makes the spans of one service.

    Args:
        service: `service.name` of every span.
        endpoint: OTLP/HTTP collector, e.g. `http://collector:4318/v1/traces`; empty for none.
        ca_file: CA bundle of a collector over HTTPS; empty for the usual ones.
        traces_per_s: traces a second begun here that are sampled. A trace begun elsewhere keeps the
            choice made there (parent-based sampling).
        callers_per_s: traces a second that callers may have sampled; beyond them they are counted
            as begun here.
        exporter: where spans go instead of the endpoint; for tests.
        monotonic_s: a monotonic clock in seconds.
    """

    def __init__(  # noqa: PLR0913
        self,
        service: str,
        *,
        endpoint: str = "",
        ca_file: str = "",
        traces_per_s: float = 5.0,
        callers_per_s: float = math.inf,
        exporter: SpanExporter | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._begun = PerSecond(traces_per_s, monotonic_s)
        self._callers = PerSecond(callers_per_s, monotonic_s)
        self._kept = PerSecond(_KEPT_PER_S, monotonic_s)
        self._ids = _Ids()
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": service}),
            sampler=ALWAYS_ON,
            id_generator=self._ids,
        )
        if exporter is None and endpoint:
            exporter = _exporter(endpoint, ca_file)
        if exporter is not None:
            processor = BatchSpanProcessor(
                exporter,
                max_queue_size=_QUEUE_SPANS,
                max_export_batch_size=_EXPORT_BATCH_SPANS,
                schedule_delay_millis=_EXPORT_EVERY_MS,
            )
            self._provider.add_span_processor(processor)
        self._exports = exporter is not None
        self._tracer = self._provider.get_tracer("nagorik")

    def accept(self, context: TraceContext) -> TraceContext:
        """Continue a caller's trace; beyond `callers_per_s` we decide whether it is sampled.

        The trace keeps its id, so a caller can find it all the same.
        """
        if not context.sampled or self._callers.take():
            return context
        return context.with_sampled(sampled=self._exports and self._begun.take())

    def serve(self, came_with: TraceContext | None, *, quiet: bool = False) -> "Served":
        """Begin a request, whose name is known at its end.

        Args:
            came_with: the caller's context, if it is well-formed.
            quiet: whether it is a probe of the machine, which never has a span.
        """
        parent = self.accept(came_with) if came_with else None
        tracing = None if quiet else self
        begins = parent is None and not quiet and self._exports and self._begun.take()
        if begins or self.samples(parent):
            made = self._recorded(NAMED_LATE, parent, "server", {}, ())
            if made.context is not None:
                return Served(tracing, made.context, parent, made.span)
        return Served(tracing, parent.child() if parent else new_context(), parent)

    def keep(
        self,
        shown: SpanKind,
        *,
        own: TraceContext,
        parent: TraceContext | None,
        took_s: float,
        why: str,
    ) -> None:
        """Make the span of something that ended in an unsampled trace, within a budget.

        Args:
            shown: what it is.
            own: its position in the trace, which was passed on.
            parent: of whom it was asked, if anybody.
            took_s: how long it took until now.
            why: it is kept: `failed` or `slow`.
        """
        if not self._exports or not self._kept.take():
            return
        now_ns = time.time_ns()
        with self._ids.given(own):
            span = self._tracer.start_span(
                shown.name,
                context=_otel_context(parent.with_sampled(sampled=True)) if parent else Context(),
                kind=_KINDS[shown.kind],
                attributes=_plain({**shown.attributes, SHOWN_LATE: why}),
                start_time=now_ns - int(took_s * _SECOND_NS),
            )
        if why == "failed":
            span.set_status(Status(StatusCode.ERROR))
        span.end(now_ns)

    def keep_failed(self, shown: SpanKind, trace: TraceContext | None, failure: str) -> None:
        """Make the span of work that failed for good in an unsampled trace, as a root of it.

        What asked for the work went well and has no span, so that this one has no parent.
        """
        if trace is not None and not trace.sampled:
            described = shown._replace(attributes={**shown.attributes, "error.type": failure})
            self.keep(described, own=trace.child(), parent=None, took_s=0.0, why="failed")

    def samples(self, parent: TraceContext | None) -> TypeGuard[TraceContext]:
        """Whether a child of this parent is sampled; if not, no attributes are needed."""
        return parent is not None and self._exports and parent.sampled

    def start(
        self,
        name: SpanName,
        *,
        parent: TraceContext | None,
        kind: Kind = "internal",
        attributes: Attributes | None = None,
        links: Sequence[TraceContext] = (),
    ) -> "Started":
        """Start a span that the caller ends; without a sampled parent there is none."""
        if not self.samples(parent):
            return Started(parent, None)
        return self._recorded(name, parent, kind, attributes or {}, links)

    def start_root(
        self, name: SpanName, *, kind: Kind = "internal", attributes: Attributes | None = None
    ) -> "Started":
        """Start a span that begins a trace of its own, always sampled; the caller ends it."""
        return self._recorded(name, None, kind, attributes or {}, ())

    def root_span(
        self, name: SpanName, *, kind: Kind = "internal", attributes: Attributes | None = None
    ) -> AbstractContextManager[TraceContext]:
        """Run the body in a span that begins a trace of its own, always sampled."""
        return _Current(self.start_root(name, kind=kind, attributes=attributes))

    def span(
        self,
        name: SpanName,
        *,
        parent: TraceContext | None = None,
        kind: Kind = "internal",
        attributes: Attributes | None = None,
        links: Sequence[TraceContext] = (),
    ) -> AbstractContextManager[TraceContext]:
        """Run the body in a span, which is the current context; without a parent it begins a trace.

        In an unsampled trace there is no span, and the parent's context is current. An exception
        marks the span as failed and is raised.
        """
        parent = parent or current_context()
        if parent is None:
            if self._exports and self._begun.take():
                return _Current(self._recorded(name, None, kind, attributes or {}, links))
            parent = new_context()
        return _Current(
            self.start(name, parent=parent, kind=kind, attributes=attributes, links=links)
        )

    @contextmanager
    def spans(
        self,
        name: SpanName,
        *,
        parents: Sequence[TraceContext | None],
        kind: Kind = "internal",
        attributes: Attributes | None = None,
    ) -> Iterator[list[TraceContext | None]]:
        """Run the body in one span per parent, for work that is done for many at once.

        The current context does not change, since the work belongs to several traces.
        """
        begun = [
            self.start(name, parent=parent, kind=kind, attributes=attributes) for parent in parents
        ]
        try:
            yield [span.context for span in begun]
        except BaseException as failure:
            for span in begun:
                span.end(failure)
            raise
        for span in begun:
            span.end()

    def _recorded(
        self,
        name: SpanName,
        parent: TraceContext | None,
        kind: Kind,
        attributes: Attributes,
        links: Sequence[TraceContext],
    ) -> "Started":
        span = self._tracer.start_span(
            name,
            context=_otel_context(parent) if parent else Context(),
            kind=_KINDS[kind],
            attributes=_plain(attributes),
            links=[otel.Link(_span_context(link)) for link in links],
        )
        return Started(_text_context(span.get_span_context(), parent), span)

    def close(self) -> None:
        """Export queued spans; blocks at most for the exporter's timeout."""
        self._provider.shutdown()


class Started:
    """A span that was started, or only a context if there is none."""

    __slots__ = ("context", "span")

    def __init__(self, context: TraceContext | None, span: Span | None) -> None:
        self.context = context
        self.span = span

    def end(self, failure: BaseException | None = None) -> None:
        """End the span, if it has not ended; a failure is recorded by its class only."""
        if self.span is None or not self.span.is_recording():
            return
        if failure is not None:
            self.span.set_attribute("error.type", type(failure).__name__)
            self.span.set_status(Status(StatusCode.ERROR, type(failure).__name__))
        self.span.end()


class Served:
    """A request that is being answered, with a span or without one.

    Without one it is kept afterwards if it failed, if a call in it failed, or if it was slow: then
    the requests that caused this are there, too, each with its parent.
    """

    __slots__ = ("_before", "_own", "_parent", "_span", "_tracing", "failed")

    def __init__(
        self,
        tracing: Tracing | None,
        own: TraceContext,
        parent: TraceContext | None,
        span: Span | None = None,
    ) -> None:
        self._tracing = tracing
        self._own = own
        self._parent = parent
        self._span = span
        self.failed = False

    def __enter__(self) -> "Served":
        self._before = current_context(), _in_hand.get()
        set_current(self._own)
        _in_hand.set(self._span or self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        context, in_hand = self._before
        set_current(context)
        _in_hand.set(in_hand)
        if self._span is not None and self._span.is_recording():
            self._span.end()

    def answered(self, shown: SpanKind, status: int, took_s: float) -> None:
        """End its span, or keep it; a request may still be under way afterwards.

        Args:
            shown: what it was.
            status: of its answer.
            took_s: until the answer began.
        """
        failed = status >= 500
        if self._span is not None:
            self._span.update_name(shown.name)
            self._span.set_attributes(_plain(_answered(shown, status)))
            if failed:
                self._span.set_status(Status(StatusCode.ERROR))
            self._span.end()
        elif self._tracing and (failed or self.failed or took_s >= SLOW_S):
            why = "failed" if failed or self.failed else "slow"
            ended = shown._replace(attributes=_answered(shown, status))
            self._tracing.keep(ended, own=self._own, parent=self._parent, took_s=took_s, why=why)


def _answered(shown: SpanKind, status: int) -> Attributes:
    attributes: Attributes = {**shown.attributes, "http.response.status_code": status}
    return {**attributes, "error.type": str(status)} if status >= 500 else attributes


class _Current:
    """Makes a started span the current context, and ends it."""

    __slots__ = ("_before", "_started")

    def __init__(self, started: Started) -> None:
        self._started = started

    def __enter__(self) -> TraceContext:
        context = self._started.context
        if context is None:
            raise LookupError("a span without a parent is begun by `root_span`")
        self._before = current_context(), _in_hand.get()
        set_current(context)
        if self._started.span is not None:  # otherwise a request without one stays in hand
            _in_hand.set(self._started.span)
        return context

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        context, in_hand = self._before
        if isinstance(failure, Exception) and isinstance(served := _in_hand.get(), Served):
            served.failed = True
        set_current(context)
        _in_hand.set(in_hand)
        self._started.end(failure)


_in_hand: ContextVar[Span | Served | None] = ContextVar("nagorik_span", default=None)


class _Ids(RandomIdGenerator):
    """Ids of spans: random, but for one that is made after its context was passed on."""

    def __init__(self) -> None:
        super().__init__()
        self._given: TraceContext | None = None

    @contextmanager
    def given(self, context: TraceContext) -> Iterator[None]:
        """Give the next span the place of this context."""
        self._given = context
        try:
            yield
        finally:
            self._given = None

    @override
    def generate_trace_id(self) -> int:
        """Of a trace that begins."""
        if self._given is not None:
            return int(self._given.trace_id, 16)  # house: ascii-digits (checked when read)
        return super().generate_trace_id()

    @override
    def generate_span_id(self) -> int:
        """Of each span."""
        if self._given is not None:
            return int(self._given.span_id, 16)  # house: ascii-digits (checked when read)
        return super().generate_span_id()


def _plain(attributes: Attributes) -> Mapping[str, str | int | float | bool]:
    """The same attributes, as the SDK takes them."""
    return cast("Mapping[str, str | int | float | bool]", attributes)


def _span_context(context: TraceContext) -> SpanContext:
    return SpanContext(
        trace_id=int(context.trace_id, 16),  # house: ascii-digits (checked when read)
        span_id=int(context.span_id, 16),  # house: ascii-digits (checked when read)
        is_remote=True,
        trace_flags=otel.TraceFlags(otel.TraceFlags.SAMPLED if context.sampled else 0),
        trace_state=TraceState.from_header([context.tracestate]) if context.tracestate else None,
    )


def _otel_context(parent: TraceContext) -> Context:
    return otel.set_span_in_context(NonRecordingSpan(_span_context(parent)))


def _text_context(made: SpanContext, parent: TraceContext | None) -> TraceContext:
    flags = "01" if made.trace_flags.sampled else "00"
    return TraceContext(
        f"00-{made.trace_id:032x}-{made.span_id:016x}-{flags}", parent.tracestate if parent else ""
    )


def _exporter(endpoint: str, ca_file: str) -> SpanExporter:
    # A tenth of a start's time, and only where there is a collector.
    import requests
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    session = requests.Session()
    session.trust_env = False  # otherwise REQUESTS_CA_BUNDLE counts before the CA file
    return OTLPSpanExporter(endpoint=endpoint, certificate_file=ca_file or None, session=session)
