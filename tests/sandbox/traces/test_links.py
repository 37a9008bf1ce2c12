from sandbox.traces.span_store import SpanStore, StoredSpan


def test_links_go_with_the_traces_that_have_them() -> None:
    """What is forgotten links to nothing."""
    spans = SpanStore(2)
    spans.keep("officer", StoredSpan("a", b""), ["citizen"])
    assert spans.linked_from("citizen") == ["officer"]
    spans.keep("other", StoredSpan("a", b""))
    spans.keep("other", StoredSpan("a", b""))
    assert spans.linked_from("citizen") == []
