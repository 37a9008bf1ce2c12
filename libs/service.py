"""One service as one process: its HTTP server and its parts, from start to drain.

Start-up waits for nobody: the server answers at once, and readiness stays red until the database
and the broker are there. SIGTERM drains in order: no new requests, then consumers and workers
finish what is in hand, then the relay publishes the last events, then connections close.
"""

import asyncio
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog
import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from libs.database.pool import Database
from libs.errors import Unavailable
from libs.messaging.retry import Backoff
from libs.part import Part, PartHealth, pause
from libs.settings import ServiceSettings
from libs.telemetry.tracing import Tracing

log = structlog.get_logger()


class PartEnded(Exception):
    """A part returned although nobody told it to stop."""


class Service:
    """Everything that one service is made of, ready to run.

    Args:
        name: the service's name.
        settings: where to listen, and how long draining may take.
        app: its HTTP application.
        parts: its consumers, workers and other loops.
        relay: the part that publishes events; stops after all others.
        database: the service's own, or None.
        tracing: closed at the end, so that the last spans are sent.
    """

    def __init__(  # noqa: PLR0913
        self,
        name: str,
        settings: ServiceSettings,
        *,
        app: ASGIApp,
        parts: Sequence[Part] = (),
        relay: Part | None = None,
        database: Database | None = None,
        tracing: Tracing,
    ) -> None:
        self.name = name
        self.tracing = tracing
        self._settings = settings
        self._parts = parts
        self._relay = relay
        self._database = database
        self._server = _Server(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                proxy_headers=False,  # who believes a forwarded address decides so itself
                server_header=False,
                lifespan="off",
                timeout_keep_alive=75,
                timeout_graceful_shutdown=int(settings.drain_s),
                backlog=2048,
            )
        )

    async def run(self, stop: asyncio.Event | None = None) -> None:
        """Serve until `stop` is set, or SIGTERM or SIGINT comes, and drain.

        Raises:
            PartEnded: a part returned by itself; the process is to be started anew.
        """
        stop = stop or asyncio.Event()
        parts_stop, relay_stop = asyncio.Event(), asyncio.Event()
        with _signals_set(stop):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._server.serve())
                if self._database is not None:
                    tasks.create_task(self._connect(self._database, stop))
                parts = [
                    tasks.create_task(self._keep_running(part, parts_stop)) for part in self._parts
                ]
                if self._relay is not None:
                    tasks.create_task(self._keep_running(self._relay, relay_stop))
                log.info("started")
                await stop.wait()
                self._server.should_exit = True
                parts_stop.set()
                if parts:
                    await asyncio.wait(parts, timeout=self._settings.drain_s)
                relay_stop.set()
        if self._database is not None:
            await self._database.close()
        await asyncio.to_thread(self.tracing.close)
        log.info("drained")

    async def _connect(self, database: Database, stop: asyncio.Event) -> None:
        backoff = Backoff(first_s=0.2, most_s=5.0)
        while not stop.is_set():
            try:
                await database.open()
            except Unavailable as failure:
                log.warning("database unavailable", detail=failure.detail)
                await pause(stop, backoff.next_s())
            else:
                return

    async def _keep_running(self, part: Part, stop: asyncio.Event) -> None:
        await part.run(stop)
        if not stop.is_set():
            raise PartEnded(part.name)


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: the service decides when to stop."""

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def health_of(parts: Sequence[Part], database: Database | None) -> Mapping[str, PartHealth]:
    """How each part of a service is, by its name; for `libs.web.app.make_app`."""
    report = {part.name: part.health() for part in parts}
    if database is not None:
        report["database"] = database.health()
    return report


@contextmanager
def _signals_set(stop: asyncio.Event) -> Iterator[None]:
    """Set the event at SIGTERM and SIGINT, where the process lets us (its main thread)."""
    loop = asyncio.get_running_loop()
    taken: list[signal.Signals] = []
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
            taken.append(number)
    except (RuntimeError, ValueError):
        log.info("signals are handled elsewhere")
    try:
        yield
    finally:
        for number in taken:
            loop.remove_signal_handler(number)
