"""A bench's findings for people and for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from tools.bench.stage import Stage
from tools.demo.measures import percentile


@dataclass(slots=True)
class Level:
    """What was found with so many applications stored.

    Args:
        stored: applications in the databases before the first click.
        load_s: how long they took to be stored.
        saturated: the stage at saturation; None where only one rate was asked for.
        at_rates: stages at fixed rates, by applications a second.
    """

    stored: int
    load_s: float = 0.0
    saturated: Stage | None = None
    at_rates: dict[int, Stage] = field(default_factory=dict)

    @property
    def stages(self) -> list[Stage]:
        """Every stage that counts."""
        return [*([self.saturated] if self.saturated else []), *self.at_rates.values()]


@dataclass(slots=True)
class Findings:
    """What a bench found: level by level, and the textbook pipeline in the same run."""

    machine: Mapping[str, Any]
    levels: list[Level] = field(default_factory=list)
    textbook: Stage | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the textbook's speed the platform has, with nothing stored before."""
        saturated = self.levels[0].saturated if self.levels else None
        if saturated is None or self.textbook is None or not self.textbook.tally.per_s:
            return None
        return saturated.tally.per_s / self.textbook.tally.per_s

    @property
    def all_is_well(self) -> bool:
        """Whether every click was taken, and came through once."""
        tallies = [stage.tally for stage in self.stages()]
        return not any(each.lost or each.duplicates or each.refused for each in tallies)

    def stages(self) -> Sequence[Stage]:
        """Every stage that counts, the textbook's too."""
        ours = [stage for level in self.levels for stage in level.stages]
        return [*ours, *([self.textbook] if self.textbook else [])]


def as_json(findings: Findings) -> dict[str, Any]:
    """The findings as one object: the first level's at the top, every level's by its number."""
    textbook = findings.textbook
    return {
        **_level(findings.levels[0]),
        "lost": sum(stage.tally.lost for stage in findings.stages()),
        "duplicates": sum(stage.tally.duplicates for stage in findings.stages()),
        "by_stored": {str(level.stored): _level(level) for level in findings.levels},
        "textbook_per_s": textbook and round(textbook.tally.per_s, 1),
        "textbook": textbook and _stage(textbook),
        "ratio_to_textbook": findings.ratio and round(findings.ratio, 2),
        "machine": findings.machine,
    }


def _level(level: Level) -> dict[str, Any]:
    measured = level.saturated or next(iter(level.at_rates.values()))
    return {
        "stored": level.stored,
        "load_s": round(level.load_s, 1),
        "saturation_per_s": level.saturated and round(level.saturated.tally.per_s, 1),
        "latency_ms": {str(rate): _latency(stage) for rate, stage in level.at_rates.items()},
        "cpu_s_per_10k": measured.cpu_s_per_10k(),
        "cpu_s_per_10k_at": {
            str(rate): stage.cpu_s_per_10k() for rate, stage in level.at_rates.items()
        },
        "rss_mb": {
            name: round(max(max(stage.peaks_mib[name]) for stage in level.stages))
            for name in measured.peaks_mib
        },
        "rss_mb_by_half": {
            name: [round(peak) for peak in peaks] for name, peaks in measured.peaks_mib.items()
        },
        "lost": sum(stage.tally.lost for stage in level.stages),
        "duplicates": sum(stage.tally.duplicates for stage in level.stages),
        "refused": sum(stage.tally.refused for stage in level.stages),
        "again": sum(stage.tally.again for stage in level.stages),
    }


def _stage(stage: Stage) -> dict[str, Any]:
    tally = stage.tally
    return {
        "accepted": tally.accepted,
        "lost": tally.lost,
        "duplicates": tally.duplicates,
        "cpu_s_per_10k": stage.cpu_s_per_10k(),
    }


def _latency(stage: Stage) -> dict[str, float | None]:
    tally = stage.tally
    return {
        "p50": percentile(tally.sms_ms, 0.5),
        "p99": percentile(tally.sms_ms, 0.99),
        "max": percentile(tally.sms_ms, 1.0),
        "accept_p50": percentile(tally.answered_ms, 0.5),
        "accept_p99": percentile(tally.answered_ms, 0.99),
        "reached_per_s": round(tally.per_s, 1),
    }


def show(console: Console, findings: Findings) -> None:
    """Print the findings for people."""
    found = as_json(findings)
    for level in found["by_stored"].values():
        console.print(_speed_table(level))
        console.print(_cost_table(level))
    if findings.ratio:
        console.print(
            f"textbook pipeline {found['textbook_per_s']}/s: "
            f"the platform is {found['ratio_to_textbook']} times as fast"
        )
    console.print(f"lost {found['lost']}, doubled {found['duplicates']}; {found['machine']}")


def _speed_table(level: Mapping[str, Any]) -> Table:
    title = f"{level['stored']:,} stored: {level['saturation_per_s'] or '-'} applications a second"
    table = Table(title=title, title_style="bold")
    columns = (
        "clicks a second",
        "SMS p50 ms",
        "p99",
        "max",
        "answer p50 ms",
        "p99",
        "CPU s/10,000",
    )
    for name in columns:
        table.add_column(name, justify="right")
    for rate, latency in level["latency_ms"].items():
        names = ("p50", "p99", "max", "accept_p50", "accept_p99")
        spent_s = sum(level["cpu_s_per_10k_at"][rate].values())
        table.add_row(rate, *(str(latency[name]) for name in names), f"{spent_s:.1f}")
    return table


def _cost_table(level: Mapping[str, Any]) -> Table:
    table = Table()
    for name in ("part", "CPU s per 10,000", "peak MiB"):
        table.add_column(name, justify="left" if name == "part" else "right")
    for name, spent_s in level["cpu_s_per_10k"].items():
        table.add_row(name, f"{spent_s:.2f}", str(level["rss_mb"][name]))
    table.add_section()
    total_mib = sum(level["rss_mb"].values())
    table.add_row("in all", f"{sum(level['cpu_s_per_10k'].values()):.2f}", str(total_mib))
    return table
