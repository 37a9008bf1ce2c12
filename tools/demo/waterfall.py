"""Draws a trace for the terminal: one line per span, without the time spent waiting."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sandbox.traces.waterfall import Axis, Span, in_tree_order
from tools.demo.traces import Trace

_BAR_COLUMNS = 40


def waterfall(trace: Trace) -> RenderableType:
    """Draw a trace: spans under their parent, with service, length in ms and a bar."""
    axis = Axis(trace.spans)
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
            Text(_bar(axis, span), style="green"),
        )
    about = (
        f"trace {trace.trace_id}: {len(trace.spans)} spans of {len(trace.services)} services, "
        f"{axis.work_ms:.0f} ms of work and {axis.waiting_ms:.0f} ms of waiting (left out)"
    )
    return Group(Text(about, style="bold"), table)


def _bar(axis: Axis, span: Span) -> str:
    """A span as a bar, at least one column wide."""
    left, right = (round(share * _BAR_COLUMNS) for share in axis.place(span))
    left = min(left, _BAR_COLUMNS - 1)
    return " " * left + "█" * max(1, min(right, _BAR_COLUMNS) - left)
