"""Draws a trace for the terminal: one line per span, without the time spent waiting."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tools.demo.traces import Trace

_BAR_COLUMNS = 40
_LONGEST_GAP_NS = 20_000_000  # longer gaps between spans are drawn this long

Span = dict[str, Any]


def waterfall(trace: Trace) -> RenderableType:
    """Draw a trace: spans under their parent, with service, length in ms and a bar."""
    axis = _Axis(trace.spans)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("service", no_wrap=True)
    table.add_column("span", no_wrap=True, max_width=52)
    table.add_column("ms", no_wrap=True, justify="right")
    table.add_column("", no_wrap=True, width=_BAR_COLUMNS)
    for depth, span in in_tree_order(trace.spans):
        length_ms = (span["end_unix_ns"] - span["start_unix_ns"]) / 1e6
        table.add_row(
            Text(span["service"], style="cyan"),
            Text(f"{'·' * depth} {span['name']}".strip()),
            f"{length_ms:.1f}",
            Text(axis.bar(span), style="green"),
        )
    about = (
        f"trace {trace.trace_id}: {len(trace.spans)} spans of {len(trace.services)} services, "
        f"{axis.work_ms:.0f} ms of work and {axis.waiting_ms:.0f} ms of waiting (left out)"
    )
    return Group(Text(about, style="bold"), table)


def in_tree_order(spans: Sequence[Span]) -> list[tuple[int, Span]]:
    """Order spans under their parents, with depth; a span without its parent is at the top."""
    span_ids = {span["span_id"] for span in spans}
    children: defaultdict[str, list[Span]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: span["start_unix_ns"]):
        parent = span["parent_span_id"]
        children[parent if parent in span_ids else ""].append(span)
    ordered: list[tuple[int, Span]] = []
    waiting = [(0, span) for span in reversed(children[""])]
    while waiting:
        depth, span = waiting.pop()
        ordered.append((depth, span))
        waiting += [(depth + 1, child) for child in reversed(children[span["span_id"]])]
    return ordered


class _Axis:
    """Time without the long gaps between spans; the root span, the citizen's own, does not count.

    Args:
        spans: all spans of the trace.
    """

    def __init__(self, spans: Sequence[Span]) -> None:
        self._gaps: list[tuple[int, int]] = []
        self._end_ns: int
        busy: list[tuple[int, int]] = sorted(
            (span["start_unix_ns"], span["end_unix_ns"])
            for span in spans
            if span["parent_span_id"] or len(spans) == 1
        )
        self._begin_ns, self._end_ns = busy[0] if busy else (0, 1)
        for start_ns, end_ns in busy:
            if start_ns - self._end_ns > _LONGEST_GAP_NS:
                self._gaps.append((self._end_ns, start_ns))
            self._end_ns = max(self._end_ns, end_ns)
        self.waiting_ms = sum(end - start for start, end in self._gaps) / 1e6
        self.work_ms = (self._end_ns - self._begin_ns) / 1e6 - self.waiting_ms

    def bar(self, span: Span) -> str:
        """Return the span as a bar, at least one column wide."""
        left, right = self._column(span["start_unix_ns"]), self._column(span["end_unix_ns"])
        left = min(left, _BAR_COLUMNS - 1)
        return " " * left + "█" * max(1, min(right, _BAR_COLUMNS) - left)

    def _column(self, at_ns: int) -> int:
        total_ns = self._place(self._end_ns) or 1
        return round(
            self._place(min(max(at_ns, self._begin_ns), self._end_ns)) * _BAR_COLUMNS / total_ns
        )

    def _place(self, at_ns: int) -> int:
        """Nanoseconds from the beginning, with long gaps counted at the length they are drawn."""
        left_out = sum(
            max(0, min(at_ns, end) - start - _LONGEST_GAP_NS) for start, end in self._gaps
        )
        return at_ns - self._begin_ns - left_out
