"""A trace as it was exported, and how it is drawn."""

from typing import Any

from rich.console import Console

from services.registry import SERVICES
from tests.tools.fake_platform import fake_platform, spans_of
from tools.demo.traces import Trace, fetch_trace
from tools.demo.waterfall import waterfall

MS = 1_000_000


def drawn(spans: list[dict[str, Any]]) -> list[str]:
    """The lines of a drawn trace."""
    console = Console(width=140)
    with console.capture() as capture:
        console.print(waterfall(Trace("ab" * 16, spans)))
    return capture.get().splitlines()


def line_of(name: str, lines: list[str]) -> str:
    """The one line with a name."""
    (line,) = [line for line in lines if name in line]
    return line


def test_a_trace_is_whole_with_a_span_of_every_service_and_every_parent() -> None:
    """A missing service, or a span without its parent, is a gap."""
    whole = spans_of("citizen", *SERVICES)
    assert Trace("t", whole).is_whole(SERVICES)
    assert not Trace("t", spans_of("citizen", *SERVICES[:-1])).is_whole(SERVICES)
    del whole[0]
    assert Trace("t", whole).orphans == 1
    assert not Trace("t", whole).is_whole(SERVICES)


async def test_spans_are_fetched_in_the_order_of_their_start() -> None:
    """As exported, from the sandbox."""
    async with fake_platform(span_services=("identity", "gateway")) as (fake, http):
        trace = await fetch_trace(http, fake.url, "ab" * 16)
        assert [span["service"] for span in trace.spans] == ["identity", "gateway"]
        assert trace.services == ["gateway", "identity"]
        for url in (f"{fake.url}/nothing", "http://127.0.0.1:1"):
            assert (await fetch_trace(http, url, "ab" * 16)).spans == []


def test_every_span_is_below_its_parent() -> None:
    """One line for a span, indented more than its parent, also twenty levels deep."""
    spans = spans_of(*SERVICES)
    lines = drawn(spans)
    columns = [line_of(span["name"], lines).index(span["name"]) for span in spans]
    assert columns == sorted(set(columns))
    assert f"{len(spans)} spans of {len(SERVICES)} services" in lines[0]
    deep = [span | {"name": f"step {n:02d}"} for n, span in enumerate(spans_of(*["gateway"] * 20))]
    assert all(line_of(span["name"], drawn(deep)) for span in deep)


def test_a_span_without_its_parent_is_drawn_at_the_top() -> None:
    """A gap in the trace is visible, and no span is hidden."""
    spans = spans_of(*SERVICES)
    del spans[3]
    lines = drawn(spans)
    top = line_of(spans[0]["name"], lines).index(spans[0]["name"])
    assert line_of(spans[3]["name"], lines).index(spans[3]["name"]) == top
    assert all(line_of(span["name"], lines) for span in spans)


def test_waiting_is_left_out_and_every_span_has_a_bar() -> None:
    """A ministry that decides after an hour leaves the work readable; a moment has a bar, too."""
    spans = spans_of("citizen", "gateway", "ministries")
    spans[1]["end_unix_ns"] = spans[1]["start_unix_ns"]
    spans[2] |= {"start_unix_ns": 3_600_000 * MS, "end_unix_ns": 3_600_010 * MS}
    lines = drawn(spans)
    assert "of waiting" in lines[0]
    assert line_of("work of ministries", lines).count("█") > 5
    assert all("█" in line for line in lines[2:])


def test_a_trace_without_spans_can_be_drawn() -> None:
    """Nothing was exported: the header says so."""
    assert "0 spans" in drawn([])[0]
