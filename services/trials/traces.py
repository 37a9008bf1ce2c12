"""One trace as it was exported, and as a waterfall for the terminal."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

_BAR_COLUMNS = 44


@dataclass(frozen=True, slots=True)
class Trace:
    """All spans of one trace."""

    trace_id: str
    spans: Sequence[dict[str, Any]]

    @property
    def services(self) -> list[str]:
        """The names of the services that took part."""
        return sorted({span["service"] for span in self.spans})

    @property
    def orphans(self) -> int:
        """Spans whose parent is not there."""
        known = {span["span_id"] for span in self.spans}
        return sum(
            bool(span["parent_span_id"]) and span["parent_span_id"] not in known
            for span in self.spans
        )

    def is_whole(self, services: Collection[str]) -> bool:
        """Whether all these services took part, and no span is without its parent."""
        return set(services) <= set(self.services) and self.orphans == 0


async def fetch_trace(http: aiohttp.ClientSession, url: str, trace_id: str) -> Trace:
    """Read the spans of a trace from where they were exported to.

    Args:
        http: the client.
        url: base URL of the sandbox.
        trace_id: 32 hex digits.
    """
    async with http.get(f"{url}/traces/{trace_id}") as answer:
        spans = orjson.loads(await answer.read()).get("spans", []) if answer.status == 200 else []
    return Trace(trace_id, sorted(spans, key=lambda span: span["start_unix_ns"]))


def waterfall(trace: Trace) -> RenderableType:
    """Draw a trace: a line per span, children under their parent, time from left to right."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title, justify in (("service", "left"), ("span", "left"), ("ms", "right"), ("", "left")):
        table.add_column(title, justify="right" if justify == "right" else "left", no_wrap=True)
    begin_ns = min((span["start_unix_ns"] for span in trace.spans), default=0)
    end_ns = max((span["end_unix_ns"] for span in trace.spans), default=1)
    for depth, span in _in_tree_order(trace.spans):
        length_ms = (span["end_unix_ns"] - span["start_unix_ns"]) / 1e6
        table.add_row(
            Text(span["service"], style="cyan"),
            Text("  " * depth + span["name"]),
            f"{length_ms:.1f}",
            _bar(span, begin_ns, end_ns),
        )
    about = f"trace {trace.trace_id}: {len(trace.spans)} spans, {(end_ns - begin_ns) / 1e6:.0f} ms"
    return Group(Text(about, style="bold"), table)


def _in_tree_order(spans: Sequence[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    known = {span["span_id"] for span in spans}
    children: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for span in spans:
        parent = span["parent_span_id"]
        children[parent if parent in known else ""].append(span)
    ordered: list[tuple[int, dict[str, Any]]] = []
    waiting = [(0, span) for span in reversed(children[""])]
    while waiting:
        depth, span = waiting.pop()
        ordered.append((depth, span))
        waiting += [(depth + 1, child) for child in reversed(children[span["span_id"]])]
    return ordered


def _bar(span: dict[str, Any], begin_ns: int, end_ns: int) -> Text:
    scale = _BAR_COLUMNS / max(1, end_ns - begin_ns)
    left = int((span["start_unix_ns"] - begin_ns) * scale)
    length = max(1, int((span["end_unix_ns"] - span["start_unix_ns"]) * scale))
    return Text(" " * min(left, _BAR_COLUMNS - 1) + "█" * length, style="green")
