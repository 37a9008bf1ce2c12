"""One service as one process: its HTTP server and its components, from start to drain.

The server answers at once; the service is not ready until the database and the broker answer.
SIGTERM drains in order: no new requests, live views end, open requests are answered, consumers and
job runners finish the work under way, the relay publishes the last events, connections close.
Components that have not ended by the end of the drain time are cancelled. This is safe, because
every component survives a kill.
"""

import asyncio
import signal
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog
import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from libs.backoff import Backoff
from libs.component import Component, ComponentHealth, is_cancelled, pause
from libs.database.pool import Database
from libs.encryption import MissingKey
from libs.errors import Unavailable
from libs.settings import ServiceSettings
from libs.telemetry.metrics import Metrics
from libs.telemetry.series import Histogram
from libs.telemetry.tracing import Tracing
from libs.web.serving.protocol import CoalescingProtocol

# Shares of the drain time: how long open requests may delay the components, and what is reserved
# for the relay's last events.
_REQUESTS_SHARE = 0.2
_RELAY_SHARE = 0.2
_TICK_S = 1.0
_LOOK_EVERY_S = 0.02  # while stopping, between two looks at open connections

log = structlog.get_logger()


class ComponentEnded(Exception):
    """A component returned although it was not stopped."""


class ServiceProcess:
    """Runs an HTTP application and components.

    Args:
        name: the service's name.
        settings: where to listen, and how long draining may take.
        app: the HTTP application.
        components: consumers, job runners and other loops.
        streams: components behind streamed answers; they end first, and end those answers.
        relay: publishes events; stops after all others.
        database: the service's own, or None.
        tracing: closed last, so that the last spans are sent.
        metrics: shows how busy the event loop is.
        tls: to serve HTTPS with; None serves HTTP.
        protocol: uvicorn's HTTP protocol.
    """

    def __init__(  # noqa: PLR0913
        self,
        name: str,
        settings: ServiceSettings,
        *,
        app: ASGIApp,
        components: Sequence[Component] = (),
        streams: Sequence[Component] = (),
        relay: Component | None = None,
        database: Database | None = None,
        tracing: Tracing,
        metrics: Metrics,
        tls: ssl.SSLContext | None = None,
        protocol: type[CoalescingProtocol] = CoalescingProtocol,
    ) -> None:
        self.name = name
        self.port = settings.port
        self.tracing = tracing
        self._settings = settings
        self._components = components
        self._streams = streams
        self._relay = relay
        self._database = database
        self._server = _Server(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                http=protocol,
                ssl_context_factory=(lambda *_: tls) if tls else None,
                ws="none",  # otherwise a library answers upgrades, in plain text
                log_config=None,
                access_log=False,
                proxy_headers=False,  # services check forwarded addresses themselves
                server_header=False,
                lifespan="off",
                timeout_keep_alive=75,
                timeout_graceful_shutdown=int(settings.drain_s),
                backlog=2048,
            ),
            metrics.histogram("event_loop_delay_s"),
        )

    async def run(self, stop: asyncio.Event | None = None) -> None:
        """Serve until `stop` is set, or SIGTERM or SIGINT comes, and drain.

        Raises:
            ExceptionGroup: a component failed, or returned by itself (`ComponentEnded`); the
                process must be restarted.
        """
        stop = stop or asyncio.Event()
        components_stop, relay_stop = asyncio.Event(), asyncio.Event()
        with _signals_set(stop):
            async with asyncio.TaskGroup() as tasks:
                server = tasks.create_task(self._server.serve())
                if self._database is not None:
                    tasks.create_task(self._connect(self._database, stop))
                components = self._start(tasks, self._components, components_stop)
                components += self._start(tasks, self._streams, stop)
                relay = self._start(tasks, [self._relay] if self._relay else [], relay_stop)
                log.info("started")
                await stop.wait()
                drain_s = self._settings.drain_s
                self._server.end()
                await asyncio.wait([server], timeout=drain_s * _REQUESTS_SHARE)
                components_stop.set()
                await _ended(components, within_s=drain_s * (1 - _REQUESTS_SHARE - _RELAY_SHARE))
                relay_stop.set()
                await _ended(relay, within_s=drain_s * _RELAY_SHARE)
        if self._database is not None:
            await self._database.close()
        await asyncio.to_thread(self.tracing.close)
        log.info("drained")

    async def _connect(self, database: Database, stop: asyncio.Event) -> None:
        backoff = Backoff()
        while not stop.is_set():
            try:
                await database.open()
            except Unavailable as failure:
                log.warning("database unavailable", detail=failure.detail)
                await pause(stop, backoff.next_s())
            except MissingKey as failure:
                log.critical("encryption keys are missing", key_ids=failure.key_ids)
                raise
            else:
                return

    def _start(
        self, tasks: asyncio.TaskGroup, components: Sequence[Component], stop: asyncio.Event
    ) -> list[asyncio.Task[None]]:
        return [
            tasks.create_task(self._keep_running(component, stop), name=component.name)
            for component in components
        ]

    async def _keep_running(self, component: Component, stop: asyncio.Event) -> None:
        try:
            await component.run(stop)
        except asyncio.CancelledError as failure:
            if is_cancelled():
                raise
            # By a library; a task group would take it for a wanted end.
            raise ComponentEnded(component.name) from failure
        if not stop.is_set():
            raise ComponentEnded(component.name)


async def _ended(components: Sequence[asyncio.Task[None]], *, within_s: float) -> None:
    """Wait for components to finish, and cancel those that do not."""
    if not components:
        return
    _, late = await asyncio.wait(components, timeout=within_s)
    for task in late:
        log.warning("component cancelled", component=task.get_name())
        task.cancel()


class _Server(uvicorn.Server):
    """Uvicorn that stops as soon as `end` is called, and leaves signals to the service.

    Uvicorn itself looks ten times a second whether it is to stop, and then waits a tenth of a
    second more.

    Args:
        config: uvicorn's settings.
        delay_s: observes by how much the timer of each second is late.
    """

    def __init__(self, config: uvicorn.Config, delay_s: Histogram) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()
        self._delay_s = delay_s

    def end(self) -> None:
        """Stop once open requests are answered."""
        self.should_exit = True
        self._ending.set()

    @override
    async def main_loop(self) -> None:
        loop = asyncio.get_running_loop()
        while not await self.on_tick(0):  # writes the date of the answers
            due_s = loop.time() + _TICK_S
            if not await pause(self._ending, _TICK_S):
                self._delay_s.observe(max(0.0, loop.time() - due_s))

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        for listening in [sock for server in self.servers for sock in server.sockets]:
            loop.remove_reader(listening)
        # What was accepted in this turn becomes the server's in the next one. A server that is
        # closed before takes it no more, and it is left open.
        await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await self._answer_open_requests()
        except TimeoutError:
            under_way = list(self.server_state.tasks)
            log.warning("requests cancelled", requests=len(under_way))
            for task in under_way:
                task.cancel()

    async def _answer_open_requests(self) -> None:
        """Close idle connections, and those with a request after its answer, until none is left."""
        state = self.server_state
        while True:
            for connection in list(state.connections):
                connection.shutdown()
            await asyncio.sleep(_LOOK_EVERY_S)  # first for connections that were accepted just now
            if not (state.connections or state.tasks):
                return

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def health_of(
    components: Sequence[Component], database: Database | None
) -> Mapping[str, ComponentHealth]:
    """The health of the components by name."""
    report = {component.name: component.health() for component in components}
    if database is not None:
        report["database"] = database.health()
    return report


@contextmanager
def _signals_set(stop: asyncio.Event) -> Iterator[None]:
    """Set the event at SIGTERM and SIGINT, where the process allows it (in its main thread)."""
    loop = asyncio.get_running_loop()
    handled: list[signal.Signals] = []
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
            handled.append(number)
    except (RuntimeError, ValueError):
        log.info("signals are handled elsewhere")
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
