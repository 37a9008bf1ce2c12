"""`upgrade`: from the last release to today's code and back, while citizens apply."""

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
from tools.chaos.upgrade import Answers, Upgrade, UpgradeResult
from tools.commands.up import print_progress
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.server import CHECKOUT
from tools.last_release import NotInHistory, commit_of, unpack
from tools.supervision.rolling import RELEASES, Release, RollingPlatform, StepFailed
from tools.supervision.supervisor import NotReady

_FOLDER = Path(".nagorik/upgrade")


def upgrade(
    seed: Annotated[int, typer.Option(help="What citizens do")] = 1,
    load: Annotated[float, typer.Option(help="How many citizens apply in a second", min=0.1)] = 4.0,
    folder: Annotated[Path, typer.Option(help="Emptied before; data and logs")] = _FOLDER,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Upgrade the last release to today's code under load and go back, then look for losses.

    Starts a platform of its own in the folder with the code that `deploy/last_release` names.
    The exit status is 1 if a client was answered with 5xx, or anything is lost, doubled or out of
    order.
    """
    configure("upgrade", "CRITICAL")
    folder = folder.resolve()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            result = runner.run(_upgrade(folder, seed=seed, load=load))
    except (EmbeddedStackFailed, NotInHistory, NotReady, StepFailed) as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None
    report.show_findings(Console(stderr=True), result.chaos)
    if as_json:
        typer.echo(json.dumps(report.as_json(result.chaos) | result.as_json()))
    else:
        report.show(Console(), result.chaos, title="upgrade, and back", more=result.as_json())
    raise typer.Exit(0 if result.all_is_well else 1)


async def _upgrade(folder: Path, *, seed: int, load: float) -> UpgradeResult:
    (folder / RELEASES).mkdir(parents=True, exist_ok=True)
    tree = unpack(CHECKOUT, folder / RELEASES)
    answers = Answers()
    async with (
        aiohttp.ClientSession(trace_configs=[answers.tracing()]) as http,
        RollingPlatform(folder, progress=print_progress, http=http) as platform,
    ):
        answers.ports = frozenset(
            platform.plan.ports[service] for service in ("gateway", "portal", "desk")
        )
        release = Release(f"the last release ({commit_of(CHECKOUT)[:8]})", tree)
        return await Upgrade(
            platform,
            release,
            http,
            answers,
            seed=seed,
            rate_per_s=load,
            progress=print_progress,
        ).run()
