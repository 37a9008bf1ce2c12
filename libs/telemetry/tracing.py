"""Spans of sampled traces; an unsampled context is passed on unchanged."""

import math
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Literal, TypeGuard

from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.span import TraceState

from libs.trace_context import TraceContext, current_context, set_current

_KINDS: Mapping[str, SpanKind] = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}
Kind = Literal["internal", "server", "client", "producer", "consumer"]
Attributes = Mapping[str, str | int | float | bool]

# The SDK's default of 2,048 dropped 11 % of a burst.
_QUEUE_SPANS = 32_768
_EXPORT_BATCH_SPANS = 2_048
_EXPORT_EVERY_MS = 1_000

_span_in_hand: ContextVar[Span | None] = ContextVar("nagorik_span", default=None)


def describe_span(attributes: Attributes, *, failed: bool = False) -> None:
    """Add attributes that are known at the end (a status code) to the current span, if any."""
    span = _span_in_hand.get()
    if span is not None:
        span.set_attributes(attributes)
        if failed:
            span.set_status(Status(StatusCode.ERROR))


def end_span(name: str, attributes: Attributes, *, failed: bool = False) -> None:
    """End the current span before its work ends, with a name that is known only now."""
    span = _span_in_hand.get()
    if span is not None:
        span.update_name(name)
        describe_span(attributes, failed=failed)
        span.end()


class Tracing:
    """Makes the spans of one service.

    Args:
        service: `service.name` of every span.
        endpoint: OTLP/HTTP collector, e.g. `http://collector:4318/v1/traces`; empty for none.
        ca_file: CA bundle of a collector over HTTPS; empty for the usual ones.
        sample_share: share of traces begun here that are sampled, 0 to 1. A trace begun elsewhere
            keeps the choice made there (parent-based sampling).
        callers_per_s: traces a second that callers may have sampled; of others their flag does not
            count.
        exporter: where spans go instead of the endpoint; for tests.
        monotonic_s: a monotonic clock in seconds.
    """

    def __init__(  # noqa: PLR0913
        self,
        service: str,
        *,
        endpoint: str = "",
        ca_file: str = "",
        sample_share: float = 0.01,
        callers_per_s: float = math.inf,
        exporter: SpanExporter | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sample_share = sample_share
        self._callers_per_s = callers_per_s
        self._monotonic_s = monotonic_s
        self._second, self._accepted = 0, 0
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": service}), sampler=ALWAYS_ON
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

    def begin(self, *, sampled: bool | None = None) -> TraceContext:
        """Start a new trace; sampled by the configured share unless `sampled` is given."""
        drawn = secrets.token_hex(28)  # at once: each draw asks the kernel
        if sampled is None:
            sampled = self._draws(drawn[48:])
        return TraceContext(f"00-{drawn[:32]}-{drawn[32:48]}-{'01' if sampled else '00'}")

    def accept(self, context: TraceContext) -> TraceContext:
        """Continue a caller's trace; beyond `callers_per_s` we draw whether it is sampled.

        The trace keeps its id, so a caller can find it all the same.
        """
        if not context.sampled or self._callers_per_s == math.inf:
            return context
        second = math.floor(self._monotonic_s())
        if second != self._second:
            self._second, self._accepted = second, 0
        if self._accepted < self._callers_per_s:
            self._accepted += 1
            return context
        return context.with_sampled(self._draws(secrets.token_hex(4)))

    def _draws(self, lot: str) -> bool:
        """Whether eight random hex digits are within the share of sampled traces."""
        drawn = int(lot, 16)  # house: ascii-digits (drawn here)
        return drawn < self._sample_share * (1 << 32)

    def samples(self, parent: TraceContext | None) -> TypeGuard[TraceContext]:
        """Whether a child of this parent is sampled; if not, no attributes are needed."""
        return parent is not None and self._exports and parent.sampled

    def start(
        self,
        name: str,
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
        self, name: str, *, kind: Kind = "internal", attributes: Attributes | None = None
    ) -> "Started":
        """Start a span that begins a trace of its own, always sampled; the caller ends it."""
        return self._recorded(name, None, kind, attributes or {}, ())

    def root_span(
        self, name: str, *, kind: Kind = "internal", attributes: Attributes | None = None
    ) -> AbstractContextManager[TraceContext]:
        """Run the body in a span that begins a trace of its own, always sampled."""
        return _Current(self.start_root(name, kind=kind, attributes=attributes))

    def span(
        self,
        name: str,
        *,
        parent: TraceContext | None = None,
        kind: Kind = "internal",
        attributes: Attributes | None = None,
        links: Sequence[TraceContext] = (),
    ) -> AbstractContextManager[TraceContext]:
        """Run the body in a span, which is the current context.

        In an unsampled trace there is no span, and the parent's context is current. An exception
        marks the span as failed and is raised.
        """
        parent = parent or current_context() or self.begin()
        return _Current(
            self.start(name, parent=parent, kind=kind, attributes=attributes, links=links)
        )

    @contextmanager
    def spans(
        self,
        name: str,
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
        name: str,
        parent: TraceContext | None,
        kind: Kind,
        attributes: Attributes,
        links: Sequence[TraceContext],
    ) -> "Started":
        span = self._tracer.start_span(
            name,
            context=_otel_context(parent) if parent else Context(),
            kind=_KINDS[kind],
            attributes=attributes,
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
            self.span.set_status(Status(StatusCode.ERROR, type(failure).__name__))
        self.span.end()


class _Current:
    """Makes a started span the current context, and ends it."""

    __slots__ = ("_before", "_started")

    def __init__(self, started: Started) -> None:
        self._started = started

    def __enter__(self) -> TraceContext:
        context = self._started.context
        if context is None:
            raise LookupError("a span without a parent is begun by `root_span`")
        self._before = current_context(), _span_in_hand.get()
        set_current(context)
        _span_in_hand.set(self._started.span)
        return context

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        context, span = self._before
        set_current(context)
        _span_in_hand.set(span)
        self._started.end(failure)


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
