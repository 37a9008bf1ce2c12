"""`up`: the whole platform on this machine until Ctrl-C."""

import asyncio
import signal
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Annotated, Any, Protocol, cast

import typer
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.settings import ServiceSettings
from libs.telemetry.logging import configure
from services.registry import SERVICES, WITH_DATABASE
from tools.embedded.errors import EmbeddedStackFailed
from tools.supervision.plan import WATCH, read_plan
from tools.supervision.running import environment_of
from tools.supervision.state import State, read_state
from tools.supervision.supervisor import STATE_FILE, NotReady, Supervisor
from tools.virtual_users.counter import Command, command_with
from tools.watch.server import watch_page

FOLDER = Path(".nagorik")
Brokers = Annotated[
    int | None,
    typer.Option(min=1, help="Number of Kafka brokers; by default as many as before, or one"),
]
TEST_CITIZEN = "01700000001"
TEST_CODE = "000000"
"""The one-time code of the registry's test citizens, on one machine only."""
_INTERRUPTED = 130  # the exit status of a command that Ctrl-C ended


class Supervised(AbstractAsyncContextManager[Any], Protocol):
    """A platform that runs inside its context."""

    async def watch(self, stop: asyncio.Event) -> None:
        """Keep it running until `stop` is set."""


class _Existing(BaseSettings):
    """Brokers or a database that the environment names."""

    model_config = SettingsConfigDict(extra="ignore")

    kafka_bootstrap: str = ""
    dsn: str = ""


def all_or_none(dsn: Mapping[str, str]) -> dict[str, str]:
    """Return the DSN by service; empty unless every service with a database has one."""
    by_service = {name: dsn.get(name, "") for name in WITH_DATABASE}
    return by_service if all(by_service.values()) else {}


def make_supervisor(
    folder: Path,
    *,
    brokers: int | None = None,
    flush: bool = False,
    outside: str = "",
    without: Collection[str] = (),
) -> Supervisor:
    """Make the supervisor of a folder, on the servers of the environment or on its own."""
    bootstrap = _Existing(_env_prefix="NAGORIK_").kafka_bootstrap
    dsn = {name: _Existing(_env_prefix=f"{name.upper()}_").dsn for name in WITH_DATABASE}
    return Supervisor(
        folder.resolve(),
        progress=print_progress,
        kafka_login=ServiceSettings() if bootstrap else None,
        dsn=all_or_none(dsn),
        brokers=brokers,
        flush_every_append=flush,
        outside=outside,
        without=without,
    )


def commands_of(folder: Path, state: State) -> Command | None:
    """Return a function that runs operators' commands of three services in a folder.

    Without their databases there are none: nobody is helped at a service centre, and no officers
    work here.
    """
    services = ("cases", "catalogue", "identity")
    if not set(services) <= state.postgres["dsn"].keys():
        return None
    settings: dict[str, str] = {}
    for service in services:
        settings |= environment_of(folder, state, service)
    return command_with(settings)


def print_progress(text: str) -> None:
    """Print progress for people to standard error; standard output is for programs."""
    typer.echo(f"  {text}", err=True)


def _checked_service(service: str) -> str:
    if service not in SERVICES:
        raise typer.BadParameter(f"the services are {', '.join(SERVICES)}")
    return service


def up(
    folder: Annotated[Path, typer.Option(help="Keeps data, logs and state.json")] = FOLDER,
    *,
    brokers: Brokers = None,
    flush: Annotated[
        bool, typer.Option(help="Kafka writes to disk before it acknowledges (decision 0009)")
    ] = False,
    outside: Annotated[str, typer.Option(hidden=True)] = "",
    without: Annotated[
        list[str] | None,
        typer.Option(
            parser=_checked_service,
            help="Do not start this service, e.g. to restore its database; may be repeated",
        ),
    ] = None,
) -> None:
    """Run every service as its own supervised process until Ctrl-C."""
    configure("up", "WARNING")
    supervisor = make_supervisor(
        folder, brokers=brokers, flush=flush, outside=outside, without=without or ()
    )
    try:
        asyncio.run(run_until_stopped(supervisor, folder))
    except (EmbeddedStackFailed, NotReady) as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None
    except asyncio.CancelledError:
        raise typer.Exit(_INTERRUPTED) from None


async def run_until_stopped(supervisor: Supervised, folder: Path) -> None:
    """Start everything and keep it running until Ctrl-C, which also cancels a start.

    Args:
        supervisor: starts, watches and stops the platform.
        folder: the folder of its state file.

    Raises:
        CancelledError: Ctrl-C came before everything had started.
    """
    stop = asyncio.Event()
    start = cast("asyncio.Task[None]", asyncio.current_task())

    def cancel_start() -> None:
        _on_signals(stop.set)  # a second Ctrl-C must not cancel the clean-up
        start.cancel()

    _on_signals(cancel_start)
    async with AsyncExitStack() as running:
        await running.enter_async_context(supervisor)
        _on_signals(stop.set)
        print_progress(f"everything runs; see {folder / STATE_FILE} (Ctrl-C ends it)")
        if state := read_state(folder / STATE_FILE):
            print_progress(f"the citizens' pages: {state.portal}")
            print_progress(f"the pages of staff: {state.desk}")
            print_progress(f"log in as {TEST_CITIZEN} with the code {TEST_CODE}")
            print_progress(f"codes of other numbers: {state.sandbox}/ledger/messages")
            print_progress(f"the API: {state.gateway}/docs")
            print_progress(f"traces, by application: {state.sandbox}/pages/traces")
            page = watch_page(_metrics(state), read_plan(folder).ports[WATCH])
            figures = await running.enter_async_context(page)
            print_progress(f"what runs, in figures, with the runbooks: {figures}")
        await supervisor.watch(stop)


def _metrics(state: State) -> dict[str, str]:
    """The addresses of metrics by service."""
    return {
        name: process["health"].replace("/health/ready", "/metrics")
        for name, process in state.services.items()
    }


def _on_signals(act: Callable[[], object]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, act)
