"""`bench`: speed, latency and cost of the platform, of the textbook, and of the floor."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
import uvloop
from rich.console import Console

from libs.telemetry.logging import configure
from tools.bench import report
from tools.bench.against import Comparison, compare
from tools.bench.bench import STORED, Plan, run
from tools.bench.profiling import NoProfiler
from tools.bench.report import Findings
from tools.commands.up import FOLDER, commands_of, print_progress
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.stack import FolderLock
from tools.last_release import NotInHistory
from tools.supervision.supervisor import NotReady
from tools.virtual_users.citizen import NotServed

_FILE_COLUMNS = 110
_QUICK_S = 8.0
_DEFAULT_S = 10.0


def bench(  # noqa: PLR0913  # the options of a command
    seconds: Annotated[float, typer.Option(help="Length of a stage; 0 for the default")] = 0.0,
    rate: Annotated[int, typer.Option(help="Only this many applications a second")] = 0,
    stored: Annotated[
        list[int] | None, typer.Option(help="Applications stored before; may be repeated, growing")
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option(help="Record this service's flame graph at saturation")
    ] = None,
    at_least: Annotated[
        float, typer.Option(help="Fail below this share of the floor's speed, or the commit's")
    ] = 0.0,
    against: Annotated[
        str, typer.Option(help="Only beside the code of this commit, by turns in the same run")
    ] = "",
    folder: Annotated[Path, typer.Option(help="Its folder `bench` is emptied and used")] = FOLDER,
    *,
    quick: Annotated[bool, typer.Option(help="Saturation only")] = False,
    references: Annotated[
        bool, typer.Option(help="Measure the floor and the textbook pipeline too")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Measure a fresh platform: saturation, latency at fixed rates, cost by component.

    Starts its own platform on empty databases and removes it at the end. The exit status is 1 if
    anything was lost, doubled or refused, or if `--at-least` was not reached.
    """
    configure("bench", "ERROR")
    plan = Plan(
        seconds=seconds or (_QUICK_S if quick else _DEFAULT_S),
        rate=rate,
        stored=sorted(stored or (STORED[:1] if quick or rate else STORED)),
        quick=quick,
        references=references and not rate,
        profile=profile or [],
        folder=folder.resolve() / "profile",
    )
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            if against:
                beside = runner.run(_against(folder.resolve(), against, plan.seconds))
                typer.echo(json.dumps(beside.as_json(), indent=None if as_json else 1))
                raise typer.Exit(status_of(beside, at_least))
            found = runner.run(_bench(folder.resolve(), plan))
    except (EmbeddedStackFailed, NotInHistory, NotReady, NoProfiler, NotServed) as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(report.as_json(found)))
    else:
        console = Console()
        report.show(console if console.is_terminal else Console(width=_FILE_COLUMNS), found)
    raise typer.Exit(status_of(found, at_least))


def status_of(found: Findings | Comparison, at_least: float) -> int:
    """Return 0 if everything came through exactly once, and fast enough; else 1."""
    if not found.all_is_well:
        print_progress("something was lost, doubled or refused")
        return 1
    ratio = found.ratio if isinstance(found, Comparison) else found.ratio_to_floor
    if at_least and (ratio or 0.0) < at_least:
        print_progress(f"below {at_least:g} of the speed beside it")
        return 1
    return 0


async def _bench(folder: Path, plan: Plan) -> Findings:
    place = folder / "bench"
    async with _locked(folder) as http:
        return await run(plan, place, http, print_progress, partial(commands_of, place))


async def _against(folder: Path, commit: str, seconds: float) -> Comparison:
    async with _locked(folder) as http:
        return await compare(commit, folder / "bench", http, seconds, print_progress)


@asynccontextmanager
async def _locked(folder: Path) -> AsyncIterator[aiohttp.ClientSession]:
    lock = FolderLock(folder / "bench.lock")
    lock.acquire()
    try:
        async with aiohttp.ClientSession() as http:
            yield http
    finally:
        lock.release()
