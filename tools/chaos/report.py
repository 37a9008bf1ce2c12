"""The result of a run of chaos, printed for people and as JSON."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from tools.chaos.applications import Finding
from tools.chaos.checks import totals
from tools.demo.measures import percentile

_SHOWN_OF_A_KIND = 10
_SLOWEST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a run.

    Args:
        seed: of the run.
        faults: how often every fault was injected.
        accepted: how many applications have a tracking number.
        helped: how many of the citizens consented to help at a service centre.
        found: the findings.
        recoveries: seconds from the end of a fault until the platform worked again, and the fault's
            name, sorted.
        load_per_s: applications accepted a second.
        problems: failures that citizens met on the way, with how often.
        journeys: how many applications the helpline looked up.
        desk: how many officers who work here have decided, and how many of theirs are lost.
    """

    seed: int
    faults: Mapping[str, int]
    accepted: int
    helped: int
    found: Sequence[Finding]
    recoveries: Sequence[tuple[float, str]]
    load_per_s: float
    problems: Mapping[str, int]
    journeys: int = 0
    desk: Mapping[str, int] = field(default_factory=lambda: {"decided": 0, "lost": 0})

    @property
    def all_is_well(self) -> bool:
        """Whether applications were accepted and nothing is wrong."""
        return self.accepted > 0 and not self.found


def as_json(result: Result) -> dict[str, Any]:
    """Return the result as one JSON object."""
    count = totals(result.found)
    waits_s = [wait_s for wait_s, _ in result.recoveries]
    return {
        "seed": result.seed,
        "faults": dict(sorted(result.faults.items())),
        "accepted": result.accepted,
        "helped_at_a_centre": result.helped,
        "lost": count.get("lost", 0),
        "desk": dict(result.desk),
        "duplicates": {
            "ministry": count.get("ministry", 0),
            "sms": count.get("sms", 0),
            "effects": count.get("effects", 0),
        },
        "out_of_order": count.get("out_of_order", 0),
        "stuck": count.get("stuck", 0),
        "unexplained_dead_letters": count.get("unexplained_dead_letters", 0),
        "journeys_read": result.journeys,
        "journeys_wrong": count.get("journey", 0),
        "recovery_s": {
            "p50": percentile(waits_s, 0.5),
            "max": percentile(waits_s, 1.0),
        },
        "load_per_s": round(result.load_per_s, 1),
    }


def show(
    console: Console, result: Result, *, title: str = "chaos", more: Mapping[str, Any] | None = None
) -> None:
    """Print the counts.

    Args:
        console: where.
        result: of the run.
        title: what happened in it.
        more: further counts by name.
    """
    values = as_json(result)
    table = Table(title=f"নাগরিক সেবা · {title}", title_style="bold")
    table.add_column(f"seed {result.seed}")
    table.add_column("count", justify="right")
    table.add_row("faults", str(sum(result.faults.values())))
    table.add_row("applications accepted", str(result.accepted))
    table.add_row("citizens helped at a centre", str(result.helped))
    table.add_row("decided by officers at the desk", str(values["desk"]["decided"]))
    table.add_section()
    table.add_row("lost", str(values["lost"]))
    for place, count in values["duplicates"].items():
        table.add_row(f"doubled: {place}", str(count))
    for name in ("out_of_order", "stuck", "unexplained_dead_letters", "journeys_wrong"):
        table.add_row(name.replace("_", " "), str(values[name]))
    table.add_row("journeys read", str(values["journeys_read"]))
    table.add_section()
    recovery = values["recovery_s"]
    table.add_row("recovery, p50 / max", f"{recovery['p50']} / {recovery['max']} s")
    table.add_row("applications a second", str(values["load_per_s"]))
    if more:
        table.add_section()
    for name, count in (more or {}).items():
        table.add_row(name.replace("_", " "), str(count))
    console.print(table)


def show_findings(console: Console, result: Result) -> None:
    """Print some findings of every kind, the slowest recoveries and the problems of citizens."""
    shown: Counter[str] = Counter()
    for wrong, why in result.found:
        shown[wrong] += 1
        if shown[wrong] <= _SHOWN_OF_A_KIND:
            console.print(f"{wrong}: {why}", style="red", highlight=False, soft_wrap=True)
    for kind, count in shown.items():
        if count > _SHOWN_OF_A_KIND:
            console.print(f"{kind}: {count - _SHOWN_OF_A_KIND} more", style="red")
    for wait_s, name in result.recoveries[-_SLOWEST_SHOWN:]:
        console.print(f"recovered {wait_s:.1f} s after: {name}", style="dim", highlight=False)
    for problem, count in result.problems.items():
        console.print(f"{count} times: {problem}", style="dim", highlight=False)
