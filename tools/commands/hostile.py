"""`hostile`: what one ministry's hostile adapter does to the applications of the others."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Annotated, Any

import aiohttp
import typer
import uvloop

from libs.telemetry.logging import configure
from tools.bench.bench import make_load_test
from tools.bench.hostile import Pair, measure_pairs, median_ratio, without_ministry
from tools.bench.platform import fresh_platform
from tools.bench.stage import Stage
from tools.commands.up import FOLDER, print_progress
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.stack import FolderLock
from tools.supervision.supervisor import NotReady
from tools.virtual_users.citizen import Api, NotServed
from tools.virtual_users.scenarios import load_scenarios


def hostile(
    pairs: Annotated[int, typer.Option(min=1, help="Pairs of stages, in turn")] = 8,
    rate: Annotated[int, typer.Option(min=1, help="Applications a second")] = 50,
    seconds: Annotated[float, typer.Option(min=1.0, help="Length of a stage")] = 10.0,
    folder: Annotated[Path, typer.Option(help="Its folder `bench` is emptied and used")] = FOLDER,
    *,
    control: Annotated[
        bool, typer.Option("--control", help="Write the nonsense to a topic that nobody reads")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Measure the times of 66 ministries' applications with and without a hostile adapter.

    Starts its own platform on empty databases and removes it at the end. The adapter of the last
    ministry writes 1,000 records of nonsense a second to its topic. Prints the medians of the
    pairs' ratios. The exit status is 1 if anything was lost, doubled or refused.
    """
    configure("bench", "ERROR")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            found = runner.run(_hostile(folder.resolve(), pairs, rate, seconds, is_unread=control))
    except (EmbeddedStackFailed, NotReady, NotServed) as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None
    shown = summary(found)
    typer.echo(json.dumps(shown) if as_json else "\n".join(map(_line, shown.items())))
    raise typer.Exit(0 if is_well(found) else 1)


def summary(pairs: list[Pair]) -> dict[str, Any]:
    """Return the counts of all stages, and the medians of the pairs' ratios."""
    stages = [stage for pair in pairs for stage in (pair.alone, pair.beside)]
    return {
        "pairs": len(pairs),
        "accepted": sum(stage.accepted for stage in stages),
        "lost": sum(stage.lost for stage in stages),
        "duplicates": sum(stage.duplicates for stage in stages),
        "refused": sum(stage.refused for stage in stages),
        "p50_ratio": median_ratio(pairs, 0.5),
        "p99_ratio": median_ratio(pairs, 0.99),
        "cpu_s_alone": cpu_s([pair.alone for pair in pairs]),
        "cpu_s_beside": cpu_s([pair.beside for pair in pairs]),
        "p99_ratios": [round(ratio, 2) for pair in pairs if (ratio := pair.ratio(0.99))],
    }


def cpu_s(stages: Sequence[Stage]) -> dict[str, float]:
    """Return the mean CPU seconds of a stage, by component."""
    names = dict.fromkeys(name for stage in stages for name in stage.cpu_s)
    return {name: round(mean(stage.cpu_s[name] for stage in stages), 1) for name in names}


def is_well(pairs: list[Pair]) -> bool:
    """Whether every click of every stage was accepted and came through exactly once."""
    found = summary(pairs)
    return not (found["lost"] or found["duplicates"] or found["refused"])


def _line(item: tuple[str, Any]) -> str:
    name, value = item
    return f"{name.replace('_', ' ')}: {value}"


async def _hostile(
    folder: Path, pairs: int, rate: int, seconds: float, *, is_unread: bool
) -> list[Pair]:
    lock = FolderLock(folder / "bench.lock")
    lock.acquire()
    try:
        async with (
            aiohttp.ClientSession() as http,
            fresh_platform(folder / "bench") as state,
        ):
            ministry, scenarios = without_ministry(await load_scenarios(Api(http, state.gateway)))
            load_test = await make_load_test(http, state, scenarios)
            print_progress("warm-up")
            await load_test.at_saturation(seconds=seconds / 2)
            print_progress(f"{pairs} pairs of stages, the second beside a hostile {ministry}")
            return await measure_pairs(
                load_test,
                state,
                ministry,
                pairs=pairs,
                per_s=rate,
                seconds=seconds,
                is_unread=is_unread,
            )
    finally:
        lock.release()
