"""`chaos`: faults are injected on a schedule while citizens apply; then everything is checked."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
import uvloop
from rich.console import Console

from libs.telemetry.logging import configure
from tools.chaos import report
from tools.chaos.chaos import Chaos
from tools.chaos.report import Result
from tools.commands.up import FOLDER, Brokers, commands_of, print_progress
from tools.embedded.errors import EmbeddedStackFailed
from tools.supervision.supervisor import NotReady, Supervisor


def chaos(
    minutes: Annotated[float, typer.Option(help="For how long faults are injected", min=0.5)] = 5.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same faults")] = 1,
    brokers: Brokers = None,
    load: Annotated[float, typer.Option(help="How many citizens apply in a second", min=0.1)] = 8.0,
    folder: Annotated[Path, typer.Option(help="Keeps data, logs and state.json")] = FOLDER,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Break everything while citizens apply, then look for losses and doubles.

    Starts a platform in the folder, on brokers and databases of its own whatever the environment
    says, and stops it at the end. The exit status is 1 if anything is wrong.
    """
    configure("chaos", "CRITICAL")
    platform = Supervisor(
        folder.resolve(), progress=print_progress, brokers=brokers, mixed_ministries=True
    )
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            result = runner.run(
                _chaos(platform, folder.resolve(), minutes=minutes, seed=seed, load=load)
            )
    except (EmbeddedStackFailed, NotReady) as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None
    report.show_findings(Console(stderr=True), result)
    if as_json:
        typer.echo(json.dumps(report.as_json(result)))
    else:
        report.show(Console(), result)
    raise typer.Exit(0 if result.all_is_well else 1)


async def _chaos(
    platform: Supervisor, folder: Path, *, minutes: float, seed: int, load: float
) -> Result:
    stop = asyncio.Event()
    async with platform as supervisor, asyncio.TaskGroup() as tasks:
        tasks.create_task(supervisor.watch(stop))
        async with aiohttp.ClientSession() as http:
            run = Chaos(
                supervisor,
                http,
                seed=seed,
                minutes=minutes,
                rate_per_s=load,
                progress=print_progress,
                run=commands_of(folder, supervisor.state()),
            )
            try:
                return await run.run()
            finally:
                stop.set()
