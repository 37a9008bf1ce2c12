"""The HTML of traces."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final

from libs.trace_context import read_context
from sandbox.traces.waterfall import Axis, Span, in_tree_order

HEADERS: Final = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
_HEAD: Final = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 14px sans-serif }}
table {{ border-collapse: collapse }}
td, th {{ padding: 1px 6px; text-align: left; vertical-align: top; white-space: nowrap }}
td.bar {{ width: 40em }}
.bar div {{ background: #00704a; height: 1em; min-width: 2px }}
.error .bar div {{ background: #a00 }} .error {{ color: #a00 }}
details {{ white-space: normal; max-width: 40em }}
</style>
<p><a href="/">Sandbox</a> <a href="/pages/traces">Traces</a></p><h1>{title}</h1>
"""
_KEPT: Final = "nagorik.kept"


def newest(hand_overs: Iterable[dict[str, Any]], traces: Mapping[str, Sequence[Span]]) -> str:
    """The newest hand-overs by application, and the newest traces."""
    return (
        _HEAD.format(title="Traces")
        + "<h2>Applications that were handed over</h2>"
        + _hand_overs(hand_overs)
        + f"<h2>All, the newest first</h2>{_traces(traces)}</html>"
    )


def of_application(
    tracking_number: str, hand_overs: Sequence[dict[str, Any]], traces: Mapping[str, Sequence[Span]]
) -> str:
    """All traces of an application: the citizen's, and those of others that link to it."""
    head = _HEAD.format(title=escape(tracking_number))
    return f"{head}{_hand_overs(hand_overs)}<h2>Its traces</h2>{_traces(traces)}</html>"


def waterfall(trace_id: str, spans: Sequence[Span], linked_from: Sequence[str]) -> str:
    """The spans of a trace under their parents, each with what it says."""
    axis = Axis(spans)
    services = {span["service"] for span in spans}
    rows = "".join(_row(depth, span, axis) for depth, span in in_tree_order(spans))
    others = dict.fromkeys(
        [linked for span in spans for linked in span["links"] if linked != trace_id]
    )
    about = (
        f"<p>{len(spans)} spans of {len(services)} services, {axis.work_ms:.0f} ms of work and "
        f"{axis.waiting_ms:.0f} ms of waiting (left out).</p>"
    )
    if any(_KEPT in span["attributes"] for span in spans):
        about += (
            "<p>This trace was not sampled. What failed in it or was slow is there, and nothing "
            "else.</p>"
        )
    links = "".join(
        f"<p>{words}: {' '.join(map(_link, found))}</p>"
        for words, found in (("Links to", others), ("Linked from", linked_from))
        if found
    )
    head = _HEAD.format(title=f"Trace {trace_id}")
    table = f"<table><tr><th>service<th>span<th>ms<th>{rows}</table>"
    return f"{head}{about}{links}{table}</html>"


def _hand_overs(hand_overs: Iterable[dict[str, Any]]) -> str:
    rows = "".join(
        f'<tr><td><a href="/pages/applications/{escape(hand_over["tracking_number"])}">'
        f"{escape(hand_over['tracking_number'])}</a><td>{escape(hand_over['ministry'])}"
        f"<td>{escape(hand_over['kind'])}<td>{escape(hand_over['received_at'])}<td>{_trace_of(hand_over)}"
        for hand_over in hand_overs
    )
    return f"<table><tr><th>application<th>ministry<th>kind<th>received<th>trace{rows}</table>"


def _trace_of(hand_over: dict[str, Any]) -> str:
    context = read_context(hand_over["traceparent"])
    return _link(context.trace_id) if context else ""


def _traces(traces: Mapping[str, Sequence[Span]]) -> str:
    rows = "".join(_summary(trace_id, spans) for trace_id, spans in traces.items() if spans)
    return f"<table><tr><th>trace<th>begins with<th>spans<th>services<th>ms{rows}</table>"


def _summary(trace_id: str, spans: Sequence[Span]) -> str:
    first = spans[0]
    took_ms = (max(span["end_unix_ns"] for span in spans) - first["start_unix_ns"]) / 1e6
    failed = any(span["status"] == "error" for span in spans)
    services = dict.fromkeys(span["service"] for span in spans)
    return (
        f"<tr{' class=error' if failed else ''}><td>{_link(trace_id)}"
        f"<td>{escape(first['service'])}: {escape(first['name'])}<td>{len(spans)}"
        f"<td>{escape(', '.join(services))}<td>{took_ms:,.1f}"
    )


def _row(depth: int, span: Span, axis: Axis) -> str:
    length_ms = (span["end_unix_ns"] - span["start_unix_ns"]) / 1e6
    begin, end = axis.place(span)
    says = "".join(
        f"<br>{escape(name)}: {escape(str(value))}" for name, value in span["attributes"].items()
    )
    failed = ' class="error"' if span["status"] == "error" else ""
    links = "".join(f"<br>link: {_link(linked)}" for linked in span["links"])
    return (
        f"<tr{failed}><td>{escape(span['service'])}<td style='padding-left:{depth}em'>"
        f"<details><summary>{escape(span['name'])}</summary>{escape(span['kind'])}{says}{links}"
        f"</details><td>{length_ms:,.1f}<td class='bar'>"
        f"<div style='margin-left:{begin:.1%};width:{max(0.0, end - begin):.1%}'></div>"
    )


def _link(trace_id: str) -> str:
    return f'<a href="/pages/traces/{trace_id}"><code>{trace_id[:16]}</code></a>'
