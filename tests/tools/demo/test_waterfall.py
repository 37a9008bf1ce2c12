"""The waterfall of a trace: every span has its line, and waiting takes no room."""

from typing import Any

from rich.console import Console

from services.registry import SERVICES
from tests.tools.playing import spans_of
from tools.demo.traces import Trace
from tools.demo.waterfall import in_tree_order, waterfall

MS = 1_000_000


def drawn(spans: list[dict[str, Any]]) -> list[str]:
    console = Console(width=140)
    with console.capture() as capture:
        console.print(waterfall(Trace("ab" * 16, spans)))
    return capture.get().splitlines()


def line_of(name: str, lines: list[str]) -> str:
    (line,) = [each for each in lines if name in each]
    return line


def test_every_span_stands_under_its_parent() -> None:
    """A line per span, deeper than the line of its parent."""
    spans = spans_of(*SERVICES)
    lines = drawn(spans)
    starts = [line_of(span["name"], lines).index(span["name"]) for span in spans]
    assert starts == sorted(set(starts))
    assert len(starts) == len(spans)
    assert f"{len(spans)} spans of 7 services" in lines[0]


def test_a_trace_as_deep_as_a_whole_journey_names_every_span() -> None:
    """Twenty steps below each other: the last one can still be read."""
    spans = [
        span | {"name": f"submissions.lgd.v1 step {n:02d}"}
        for n, span in enumerate(spans_of(*["gateway"] * 20), 1)
    ]
    lines = drawn(spans)
    assert all(line_of(span["name"], lines) for span in spans)


def test_a_span_whose_parent_is_missing_stands_at_the_top() -> None:
    """What does not hang together is seen, not hidden."""
    spans = spans_of(*SERVICES)
    del spans[3]
    lines = drawn(spans)
    assert all(line_of(span["name"], lines) for span in spans)
    depths = {span["span_id"]: depth for depth, span in in_tree_order(spans)}
    assert depths[spans[3]["span_id"]] == 0


def test_spans_of_one_parent_have_a_line_and_a_bar_each() -> None:
    """Also one without length, and one that outlasts its parent."""
    spans = spans_of(*["gateway"] * 60)
    for n, span in enumerate(spans[1:], 1):
        span |= {"parent_span_id": spans[0]["span_id"], "name": f"child {n:02d}"}
    spans[1]["end_unix_ns"] = spans[1]["start_unix_ns"]
    spans[2]["end_unix_ns"] = 900 * MS
    lines = drawn(spans)
    assert sum("child" in line for line in lines) == 59
    assert all("█" in line for line in lines[2:])


def test_waiting_takes_no_room() -> None:
    """A ministry that decides after an hour leaves the work readable."""
    spans = spans_of("citizen", "gateway", "ministries")
    spans[2] |= {"start_unix_ns": 3_600_000 * MS, "end_unix_ns": 3_600_010 * MS}
    lines = drawn(spans)
    assert "of waiting between" in lines[0]
    assert line_of("work of ministries", lines).count("█") > 5


def test_a_trace_of_nothing_can_be_drawn() -> None:
    """When nothing was exported the display says so instead of failing."""
    assert "0 spans" in drawn([])[0]
