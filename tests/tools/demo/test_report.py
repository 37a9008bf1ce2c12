"""The findings of a demo, as JSON and as printed tables."""

from dataclasses import replace

from rich.console import Console

from services.registry import SERVICES
from tests.tools.fake_platform import spans_of
from tools.demo import report
from tools.demo.demo import Found
from tools.demo.measures import Measures
from tools.demo.traces import Trace

MEASURES = Measures(
    applications=5,
    accepted=4,
    delivered_to_ministry=3,
    decided=2,
    sms_delivered=1,
    told=0,
    lost=3,
    papers=4,
    papers_lost=5,
    duplicates_ministry=6,
    duplicates_sms=7,
    desk_decided=8,
    desk_lost=9,
    accept_ms=[10.0, 20.0],
    end_to_end_ms=[100.0],
    issued=11,
    issued_lost=12,
)
FOUND = Found(MEASURES, Trace("ab" * 16, spans_of(*SERVICES)), ["POST /v1/applications: 422"])


def shown(found: Found) -> str:
    console = Console(width=140)
    with console.capture() as capture:
        report.show(console, found, docs="http://gateway/docs", seconds=12.34)
    return capture.get()


def test_the_json_has_exactly_these_keys() -> None:
    """Names and nesting are a contract."""
    assert report.as_json(FOUND, seconds=12.34) == {
        "applications": 5,
        "accepted": 4,
        "delivered_to_ministry": 3,
        "decided": 2,
        "sms_delivered": 1,
        "told": 0,
        "issued": 11,
        "lost": 3,
        "desk": {"decided": 8, "lost": 9},
        "papers": {"fetched": 4, "lost": 5},
        "duplicates": {"ministry": 6, "sms": 7},
        "latency_ms": {
            "accept_p50": 20.0,
            "accept_p99": 20.0,
            "end_to_end_p50": 100.0,
            "end_to_end_p99": 100.0,
        },
        "trace": {
            "trace_id": "ab" * 16,
            "services": sorted(SERVICES),
            "spans": len(SERVICES),
            "orphans": 0,
        },
        "seconds": 12.3,
    }


def test_without_any_answer_times_are_null() -> None:
    """Times that were not measured are not zero."""
    found = replace(FOUND, measures=replace(MEASURES, accept_ms=[], end_to_end_ms=[]))
    assert set(report.as_json(found, seconds=1)["latency_ms"].values()) == {None}


def test_the_printed_report_has_all_findings() -> None:
    """Counts, losses, duplicates, refusals, the trace and the address of the documentation."""
    told = shown(FOUND)
    for line in ("lost", "at the desk", "doubled at a ministry", "doubled as an SMS"):
        assert line in told
    assert "not served: POST /v1/applications: 422" in told
    assert all(f"work of {service}" in told for service in SERVICES)
    assert "http://gateway/docs" in told
    assert "12.3" in told


def test_equal_refusals_are_printed_once() -> None:
    """A thousand equal refusals are one line."""
    assert shown(replace(FOUND, refused=["same"] * 1000)).count("not served") == 1


def test_what_is_not_well_stands_at_the_end() -> None:
    """A log is read from its end; of a run in which all is well nothing is said."""
    told = [line.strip() for line in shown(FOUND).splitlines()]
    assert told[-6:] == [
        "not well: not accepted: 1",
        "not well: lost: 3",
        "not well: papers lost: 5",
        "not well: papers not printed at a centre: 12",
        "not well: doubled at a ministry: 6",
        "not well: doubled as an SMS: 7",
    ]
    gap = replace(FOUND, trace=Trace("ab" * 16, spans_of("portal")))
    assert any(line.startswith("services that the trace") for line in gap.problems)
    counts = replace(MEASURES, accepted=5, lost=0, papers_lost=0, issued_lost=0)
    well = replace(FOUND, measures=replace(counts, duplicates_ministry=0, duplicates_sms=0))
    assert well.all_is_well
    assert "not well" not in shown(well)
