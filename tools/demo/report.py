"""The findings of a demo, printed for people and as JSON."""

from typing import Any

from rich.console import Console
from rich.table import Table

from tools.demo.demo import Found
from tools.demo.measures import Measures, percentile
from tools.demo.waterfall import waterfall


def as_json(found: Found, *, seconds: float) -> dict[str, Any]:
    """Return the findings as one JSON object."""
    measures = found.measures
    return {
        "applications": measures.applications,
        "accepted": measures.accepted,
        "delivered_to_ministry": measures.delivered_to_ministry,
        "decided": measures.decided,
        "sms_delivered": measures.sms_delivered,
        "told": measures.told,
        "issued": measures.issued,
        "lost": measures.lost,
        "desk": {"decided": measures.desk_decided, "lost": measures.desk_lost},
        "papers": {"fetched": measures.papers, "lost": measures.papers_lost},
        "duplicates": {
            "ministry": measures.duplicates_ministry,
            "sms": measures.duplicates_sms,
        },
        "latency_ms": {
            "accept_p50": percentile(measures.accept_ms, 0.5),
            "accept_p99": percentile(measures.accept_ms, 0.99),
            "end_to_end_p50": percentile(measures.end_to_end_ms, 0.5),
            "end_to_end_p99": percentile(measures.end_to_end_ms, 0.99),
        },
        "trace": {
            "trace_id": found.trace.trace_id,
            "services": found.trace.services,
            "spans": len(found.trace.spans),
            "orphans": found.trace.orphans,
        },
        "seconds": round(seconds, 1),
    }


def show_counts(measures: Measures) -> Table:
    """Return the counts as a table."""
    table = Table(title="নাগরিক সেবা · Nagorik Sheba", title_style="bold")
    table.add_column("seen from outside")
    table.add_column("count", justify="right")
    table.add_row("applications", str(measures.applications))
    table.add_row("accepted, with a tracking number", str(measures.accepted))
    table.add_row("handed over to a ministry", str(measures.delivered_to_ministry))
    table.add_row("decided by a ministry", str(measures.decided))
    table.add_row("of these by officers at the desk", str(measures.desk_decided))
    table.add_row("papers fetched by a ministry, unchanged", str(measures.papers))
    table.add_row("decision delivered by SMS", str(measures.sms_delivered))
    table.add_row("told by an uddokta, without any phone", str(measures.told))
    table.add_row("papers printed at a centre", str(measures.issued))
    return table


def show(console: Console, found: Found, *, docs: str, seconds: float) -> None:
    """Print counts, times, refusals and the trace of one application."""
    measures = found.measures
    table = show_counts(measures)
    table.add_section()
    table.add_row("lost", str(measures.lost))
    table.add_row("papers lost", str(measures.papers_lost))
    table.add_row("papers not printed at a centre", str(measures.issued_lost))
    table.add_row("doubled at a ministry", str(measures.duplicates_ministry))
    table.add_row("doubled as an SMS", str(measures.duplicates_sms))
    table.add_section()
    for name, values in (
        ("application accepted", measures.accept_ms),
        ("decision at the SMS provider", measures.end_to_end_ms),
    ):
        p50, p99 = percentile(values, 0.5), percentile(values, 0.99)
        table.add_row(f"{name}, p50 / p99", f"{p50} / {p99} ms")
    table.add_row("seconds in total", f"{seconds:.1f}")
    console.print(table)
    for line in dict.fromkeys(found.refused):
        console.print(f"not served: {line}", style="red", highlight=False)
    console.print(waterfall(found.trace))
    console.print(f"\nAPI documentation, while the platform runs: {docs}", highlight=False)
    for problem in found.problems:  # last, where a log is read first
        console.print(f"not well: {problem}", style="red", highlight=False)
