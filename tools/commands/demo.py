"""`demo`: citizens apply, ministries decide, every application is followed to its SMS."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
import uvloop
from rich.console import Console
from rich.live import Live

from libs.telemetry.logging import configure
from tools.commands.up import FOLDER, Brokers, commands_of, make_supervisor, print_progress
from tools.demo import report
from tools.demo.demo import Demo, Found
from tools.embedded.errors import EmbeddedStackFailed
from tools.supervision.state import State, read_state
from tools.supervision.supervisor import STATE_FILE, NotReady

_FILE_COLUMNS = 130


def demo(
    applications: Annotated[int, typer.Option(help="How many citizens apply", min=1)] = 200,
    rate: Annotated[float, typer.Option(help="How many apply in a second", min=0.1)] = 50.0,
    folder: Annotated[Path, typer.Option(help="Keeps data, logs and state.json")] = FOLDER,
    *,
    brokers: Brokers = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Apply for services of many ministries and follow every application to its answer.

    Uses the platform that runs in the folder, or starts one and stops it at the end. The exit
    status is 1 if anything is lost or doubled, or the trace has a gap.
    """
    configure("demo", "ERROR")
    begin_s = time.monotonic()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            found, docs = runner.run(
                _demo(platform_of(folder, brokers), folder, applications, rate)
            )
    except (EmbeddedStackFailed, NotReady) as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None
    seconds = time.monotonic() - begin_s
    if as_json:
        typer.echo(json.dumps(report.as_json(found, seconds=seconds)))
    else:
        report.show(_console(), found, docs=docs, seconds=seconds)
    raise typer.Exit(0 if found.all_is_well else 1)


async def _demo(
    platform: AbstractAsyncContextManager[State], folder: Path, applications: int, rate: float
) -> tuple[Found, str]:
    async with platform as state, aiohttp.ClientSession() as http:
        run = Demo(
            http,
            gateway=state.gateway,
            portal=state.portal,
            sandbox=state.sandbox,
            applications=applications,
            rate_per_s=rate,
            run=commands_of(folder, state),
        )
        console = Console(stderr=True)
        with Live(console=console, refresh_per_second=2, transient=True) as live:
            found = await run.run(lambda counts: live.update(report.show_counts(counts)))
        return found, f"{state.gateway}/docs"


def _console() -> Console:
    """Make a console as wide as the terminal; for a file it is wide enough for the waterfall."""
    console = Console()
    return console if console.is_terminal else Console(width=_FILE_COLUMNS)


@asynccontextmanager
async def platform_of(folder: Path, brokers: int | None) -> AsyncIterator[State]:
    """Use the platform that runs in this folder, or run one during the demo."""
    running = read_state(folder / STATE_FILE)
    if running is not None and await _answers(running.gateway):
        print_progress("using the running platform")
        yield running
        return
    stop = asyncio.Event()
    async with make_supervisor(folder, brokers=brokers) as supervisor, asyncio.TaskGroup() as tasks:
        tasks.create_task(supervisor.watch(stop))
        try:
            yield supervisor.state()
        finally:
            stop.set()


async def _answers(gateway: str) -> bool:
    try:
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{gateway}/health/live", timeout=aiohttp.ClientTimeout(total=2)) as answer,
        ):
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
