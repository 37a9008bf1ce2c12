"""A trace as a tree and on an axis of time, for drawings of it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

_LONGEST_GAP_NS = 20_000_000  # longer gaps between spans are drawn this long

Span = dict[str, Any]


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


class Axis:
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

    def place(self, span: Span) -> tuple[float, float]:
        """Return where a span begins and ends, as shares of the axis."""
        total_ns = self._reached_ns(self._end_ns) or 1
        begin, end = (
            self._reached_ns(min(max(span[at], self._begin_ns), self._end_ns)) / total_ns
            for at in ("start_unix_ns", "end_unix_ns")
        )
        return begin, end

    def _reached_ns(self, at_ns: int) -> int:
        """Nanoseconds from the beginning, with long gaps counted at the length they are drawn."""
        left_out = sum(
            max(0, min(at_ns, end) - start - _LONGEST_GAP_NS) for start, end in self._gaps
        )
        return at_ns - self._begin_ns - left_out
