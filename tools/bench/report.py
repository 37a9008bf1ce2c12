"""The findings of a bench, printed for people and as JSON."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from tools.bench.desk import DeskStage
from tools.bench.stage import Stage
from tools.demo.measures import percentile

_GIB = 1024**3


def machine() -> dict[str, Any]:
    """Return the machine's cores, their model, memory, kernel and Python."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "model": _processor(),
        "memory_gib": round(psutil.virtual_memory().total / _GIB, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:  # not Linux
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


@dataclass(slots=True)
class Level:
    """The findings with so many applications stored.

    Args:
        stored: applications in the databases before the first click.
        load_s: how long storing them took.
        saturated: the stage at saturation; None if only one rate was measured.
        at_rates: stages at fixed rates, by applications a second.
    """

    stored: int
    load_s: float = 0.0
    saturated: Stage | None = None
    at_rates: dict[int, Stage] = field(default_factory=dict)

    @property
    def stages(self) -> list[Stage]:
        """Every stage of the level."""
        return [*([self.saturated] if self.saturated else []), *self.at_rates.values()]


@dataclass(slots=True)
class Findings:
    """The findings of a bench: level by level, and of the references in the same run.

    Args:
        machine: where it ran.
        levels: the platform, with more and more applications stored.
        textbook: the textbook pipeline, at saturation.
        floor: the contract kept with the bare libraries.
        idle_cores: cores that each component takes without a request.
        desk: officers who work here; None if not measured.
    """

    machine: Mapping[str, Any]
    levels: list[Level] = field(default_factory=list)
    textbook: Stage | None = None
    floor: Level | None = None
    idle_cores: Mapping[str, float] = field(default_factory=dict)
    desk: DeskStage | None = None

    @property
    def ratio_to_textbook(self) -> float | None:
        """The platform's speed over the textbook's, at the first level; None if not measured."""
        return self._ratio_to(self.textbook)

    @property
    def ratio_to_floor(self) -> float | None:
        """The platform's speed over the floor's, at the first level; None if not measured."""
        return self._ratio_to(self.floor.saturated if self.floor else None)

    def _ratio_to(self, other: Stage | None) -> float | None:
        saturated = self.levels[0].saturated if self.levels else None
        if saturated is None or other is None or not other.per_s:
            return None
        return saturated.per_s / other.per_s

    @property
    def all_is_well(self) -> bool:
        """Whether every click was accepted and came through exactly once."""
        is_well_at_desks = self.desk is None or not (self.desk.lost or self.desk.duplicates)
        return is_well_at_desks and not any(
            stage.lost or stage.duplicates or stage.refused for stage in self.stages()
        )

    def stages(self) -> Sequence[Stage]:
        """Return every stage of every level, of the floor, and the textbook's."""
        levels = [*self.levels, *([self.floor] if self.floor else [])]
        stages = [stage for level in levels for stage in level.stages]
        return [*stages, *([self.textbook] if self.textbook else [])]


def as_json(findings: Findings) -> dict[str, Any]:
    """Return one JSON object: the first level at the top, every level under its number."""
    textbook = findings.textbook
    return {
        **_level(findings.levels[0]),
        "lost": sum(stage.lost for stage in findings.stages()),
        "duplicates": sum(stage.duplicates for stage in findings.stages()),
        "by_stored": {str(level.stored): _level(level) for level in findings.levels},
        "textbook_per_s": textbook and round(textbook.per_s, 1),
        "textbook": textbook and _stage(textbook),
        "ratio_to_textbook": _rounded(findings.ratio_to_textbook),
        "floor": findings.floor and _level(findings.floor),
        "ratio_to_floor": _rounded(findings.ratio_to_floor),
        "idle_cores": findings.idle_cores,
        "desk": findings.desk and _desk(findings.desk),
        "machine": findings.machine,
    }


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 3)


def _level(level: Level) -> dict[str, Any]:
    measured = level.saturated or next(iter(level.at_rates.values()))
    return {
        "stored": level.stored,
        "load_s": round(level.load_s, 1),
        "saturation_per_s": level.saturated and round(level.saturated.per_s, 1),
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
        "lost": sum(stage.lost for stage in level.stages),
        "duplicates": sum(stage.duplicates for stage in level.stages),
        "refused": sum(stage.refused for stage in level.stages),
        "again": sum(stage.repeated for stage in level.stages),
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "accepted": stage.accepted,
        "lost": stage.lost,
        "duplicates": stage.duplicates,
        "cpu_s_per_10k": stage.cpu_s_per_10k(),
    }


def _desk(desk: DeskStage) -> dict[str, Any]:
    return {
        "decided": desk.decided,
        "lost": desk.lost,
        "duplicates": desk.duplicates,
        "sms_ms": {"p50": percentile(desk.sms_ms, 0.5), "max": percentile(desk.sms_ms, 1.0)},
    }


def _latency(stage: Stage) -> dict[str, float | None]:
    return {
        "p50": percentile(stage.sms_ms, 0.5),
        "p99": percentile(stage.sms_ms, 0.99),
        "max": percentile(stage.sms_ms, 1.0),
        "accept_p50": percentile(stage.accept_ms, 0.5),
        "accept_p99": percentile(stage.accept_ms, 0.99),
        "reached_per_s": round(stage.per_s, 1),
    }


def show(console: Console, findings: Findings) -> None:
    """Print speed, latency, cost and the ratio."""
    found = as_json(findings)
    for level in found["by_stored"].values():
        console.print(_speed_table(f"{level['stored']:,} stored", level))
        console.print(_cost_table(level))
    if found["floor"]:
        console.print(_speed_table("the floor", found["floor"]))
        console.print(_cost_table(found["floor"]))
    if findings.idle_cores:
        console.print(f"idle: {sum(findings.idle_cores.values()):.2f} cores")
    if findings.ratio_to_floor:
        console.print(f"the platform has {found['ratio_to_floor']} of the floor's speed")
    if findings.ratio_to_textbook:
        console.print(
            f"textbook pipeline {found['textbook_per_s']}/s: "
            f"the platform is {found['ratio_to_textbook']} times as fast"
        )
    if found["desk"]:
        desk = found["desk"]
        console.print(
            f"officers at the desk decided {desk['decided']}, lost {desk['lost']}, doubled "
            f"{desk['duplicates']}; from click to SMS {desk['sms_ms']['p50']} ms (p50)"
        )
    console.print(f"lost {found['lost']}, doubled {found['duplicates']}; {found['machine']}")


def _speed_table(name: str, level: Mapping[str, Any]) -> Table:
    title = f"{name}: {level['saturation_per_s'] or '-'} applications a second"
    table = Table(title=title, title_style="bold")
    columns = (
        "applications a second",
        "SMS p50 ms",
        "p99",
        "max",
        "accept p50 ms",
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
    for name in ("component", "CPU s per 10,000", "peak MiB"):
        table.add_column(name, justify="left" if name == "component" else "right")
    for name, spent_s in level["cpu_s_per_10k"].items():
        table.add_row(name, f"{spent_s:.2f}", str(level["rss_mb"][name]))
    table.add_section()
    total_mib = sum(level["rss_mb"].values())
    table.add_row("total", f"{sum(level['cpu_s_per_10k'].values()):.2f}", str(total_mib))
    return table
