from functools import partial

from libs.telemetry.spans import SpanName
from libs.telemetry.tracing import Tracing
from sandbox.traces.exporter import OwnSpans
from sandbox.traces.routes import keep, spans_of
from sandbox.traces.span_store import SpanStore


def test_own_spans_are_stored_with_those_of_others() -> None:
    """A span of the sandbox is found by its trace."""
    spans = SpanStore(10)
    tracing = Tracing("sandbox", exporter=OwnSpans(partial(keep, spans)))
    with tracing.root_span(SpanName("call back decision")) as context:
        pass
    tracing.close()
    [shown] = spans_of(spans.of_trace(context.trace_id))
    assert (shown["service"], shown["name"]) == ("sandbox", "call back decision")
    assert shown["span_id"] == context.span_id
