"""What a run of chaos found, for people and for programs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from tools.chaos.cases import Finding
from tools.chaos.checks import totals
from tools.demo.measures import percentile

_SHOWN_OF_A_KIND = 10
_SLOWEST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run.

    Args:
        seed: what the run was made from.
        faults: how often each fault was done.
        accepted: how many applications have a tracking number.
        found: everything that is wrong.
        recoveries: seconds until what a fault broke worked again, and its name, sorted.
        load_per_s: applications accepted in a second of the run.
        troubles: what citizens met that was answered in the end, with how often.
    """

    seed: int
    faults: Mapping[str, int]
    accepted: int
    found: Sequence[Finding]
    recoveries: Sequence[tuple[float, str]]
    load_per_s: float
    troubles: Mapping[str, int]

    @property
    def all_is_well(self) -> bool:
        """Nothing lost, doubled, out of order, stuck or put aside, of more than nothing."""
        return self.accepted > 0 and not self.found


def as_json(result: Result) -> dict[str, Any]:
    """The result as one object."""
    count = totals(result.found)
    waits_s = [wait_s for wait_s, _ in result.recoveries]
    return {
        "seed": result.seed,
        "faults": dict(sorted(result.faults.items())),
        "accepted": result.accepted,
        "lost": count.get("lost", 0),
        "duplicates": {
            "ministry": count.get("ministry", 0),
            "sms": count.get("sms", 0),
            "effects": count.get("effects", 0),
        },
        "out_of_order": count.get("out_of_order", 0),
        "stuck": count.get("stuck", 0),
        "unexplained_dead_letters": count.get("unexplained_dead_letters", 0),
        "recovery_s": {
            "p50": percentile(waits_s, 0.5),
            "max": percentile(waits_s, 1.0),
        },
        "load_per_s": round(result.load_per_s, 1),
    }


def show(console: Console, result: Result) -> None:
    """Print the result for people."""
    told = as_json(result)
    table = Table(title="নাগরিক সেবা · chaos", title_style="bold")
    table.add_column(f"seed {result.seed}")
    table.add_column("count", justify="right")
    table.add_row("faults", str(sum(result.faults.values())))
    table.add_row("applications accepted", str(result.accepted))
    table.add_section()
    table.add_row("lost", str(told["lost"]))
    for place, count in told["duplicates"].items():
        table.add_row(f"doubled: {place}", str(count))
    for name in ("out_of_order", "stuck", "unexplained_dead_letters"):
        table.add_row(name.replace("_", " "), str(told[name]))
    table.add_section()
    recovery = told["recovery_s"]
    table.add_row("working again, p50 / max", f"{recovery['p50']} / {recovery['max']} s")
    table.add_row("applications a second", str(told["load_per_s"]))
    console.print(table)


def show_findings(console: Console, result: Result) -> None:
    """Print what is wrong, some of each kind, and what citizens had to bear with."""
    shown: Counter[str] = Counter()
    for wrong, why in result.found:
        shown[wrong] += 1
        if shown[wrong] <= _SHOWN_OF_A_KIND:
            console.print(f"{wrong}: {why}", style="red", highlight=False, soft_wrap=True)
    for kind, count in shown.items():
        if count > _SHOWN_OF_A_KIND:
            console.print(f"{kind}: {count - _SHOWN_OF_A_KIND} more", style="red")
    for wait_s, name in result.recoveries[-_SLOWEST_SHOWN:]:
        console.print(f"worked again {wait_s:.1f} s after: {name}", style="dim", highlight=False)
    for trouble, count in result.troubles.items():
        console.print(f"met on the way, {count} times: {trouble}", style="dim", highlight=False)
