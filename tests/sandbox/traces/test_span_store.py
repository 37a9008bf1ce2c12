from sandbox.traces.span_store import SpanStore, StoredSpan


def span(service: str = "gateway", encoded: bytes = b"") -> StoredSpan:
    return StoredSpan(service, encoded)


def test_the_oldest_spans_are_dropped_first() -> None:
    """A trace without spans is dropped."""
    spans = SpanStore(3)
    for number, trace_id in enumerate(["a", "b", "a", "c"]):
        spans.keep(trace_id, span(encoded=bytes([number])))
    assert len(spans) == 3
    assert [stored_span.encoded for stored_span in spans.of_trace("a")] == [b"\x02"]
    spans.keep("d", span())
    assert spans.of_trace("b") == []


def test_newest_traces_come_first() -> None:
    """A trace is as new as its newest span."""
    spans = SpanStore(10)
    for trace_id in ["a", "b", "a"]:
        spans.keep(trace_id, span())
    assert spans.newest(service=None, limit=10) == ["a", "b"]
    assert spans.newest(service=None, limit=1) == ["a"]


def test_traces_of_one_service_have_a_span_of_it() -> None:
    """A trace is listed for every service with a span in it."""
    spans = SpanStore(10)
    spans.keep("a", span("gateway"))
    spans.keep("a", span("applications"))
    spans.keep("b", span("gateway"))
    assert spans.newest(service="applications", limit=10) == ["a"]
    assert spans.newest(service="nobody", limit=10) == []
