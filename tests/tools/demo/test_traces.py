"""A trace as it was exported: who took part, and what hangs in the air."""

from services.registry import SERVICES
from tests.tools.playing import playing, spans_of
from tools.demo.traces import Trace, fetch_trace


def test_a_trace_is_whole_when_everybody_took_part_and_nothing_hangs_in_the_air() -> None:
    """A missing service, or a span without its parent, is a gap."""
    whole = spans_of("citizen", *SERVICES)
    assert Trace("t", whole).is_whole(SERVICES)
    assert not Trace("t", spans_of("citizen", *SERVICES[:-1])).is_whole(SERVICES)
    del whole[0]
    assert Trace("t", whole).orphans == 1
    assert not Trace("t", whole).is_whole(SERVICES)


async def test_spans_are_fetched_in_the_order_of_their_start() -> None:
    """As exported, from the sandbox."""
    async with playing(span_services=("identity", "gateway")) as (played, http):
        trace = await fetch_trace(http, played.url, "ab" * 16)
        assert [span["service"] for span in trace.spans] == ["identity", "gateway"]
        assert trace.services == ["gateway", "identity"]
        unknown = await fetch_trace(http, f"{played.url}/nothing", "ab" * 16)
        assert unknown.spans == []
