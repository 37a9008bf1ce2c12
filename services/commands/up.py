"""`up`: the whole platform on this machine until Ctrl-C."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.embedded.errors import EmbeddedStackFailed
from libs.telemetry.logging import configure
from services.supervision.plan import WITH_DATABASE
from services.supervision.supervisor import NotReady, Supervisor

FOLDER = Path(".nagorik")


class Given(BaseSettings):
    """Brokers and databases that are there already; empty starts our own."""

    model_config = SettingsConfigDict(extra="ignore")

    nagorik_kafka_bootstrap: str = ""
    identity_dsn: str = ""
    catalogue_dsn: str = ""
    applications_dsn: str = ""
    ministries_dsn: str = ""
    notifications_dsn: str = ""

    def dsn(self) -> dict[str, str]:
        """DSN by service; empty unless all are given."""
        given = {name: str(getattr(self, f"{name}_dsn")) for name in WITH_DATABASE}
        return given if all(given.values()) else {}


def make_supervisor(folder: Path, *, flush: bool = False) -> Supervisor:
    """A supervisor for a folder, on what the environment gives or on brokers of its own."""
    given = Given()
    return Supervisor(
        folder.resolve(),
        progress=say,
        bootstrap=given.nagorik_kafka_bootstrap,
        dsn=given.dsn(),
        flush_every_append=flush,
    )


def say(text: str) -> None:
    """Tell people what is going on, beside the output that programs read."""
    typer.echo(f"  {text}", err=True)


def up(
    folder: Annotated[Path, typer.Option(help="Keeps data, logs and state.json")] = FOLDER,
    *,
    flush: Annotated[
        bool, typer.Option(help="Kafka writes to disk before it acknowledges (decision 0003)")
    ] = False,
) -> None:
    """Run every service as its own supervised process until Ctrl-C."""
    configure("up", "WARNING")
    try:
        asyncio.run(_up(folder, flush=flush))
    except (EmbeddedStackFailed, NotReady) as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None


async def _up(folder: Path, *, flush: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with make_supervisor(folder, flush=flush) as supervisor:
        say(f"everything runs; see {folder / 'state.json'} (Ctrl-C ends it)")
        await supervisor.watch(stop)
