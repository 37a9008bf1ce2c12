"""A process from start to drain, with a real HTTP server."""

import asyncio
import gc
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.component import Component
from libs.database.pool import Database
from libs.server import ComponentEnded, ServiceProcess, health_of
from libs.settings import ServiceSettings
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.serving.protocol import CoalescingProtocol
from tests.libs.running import Loop
from tests.waiting import PATIENCE_S, answered, until

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@dataclass
class SlowApp:
    """An HTTP application that answers when the test allows it."""

    ended: list[str] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    taken: int = 0

    def __post_init__(self) -> None:
        self.may_answer.set()

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        self.taken += 1
        await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"answered"})
        self.ended.append("request")


def service(
    port: int,
    *components: Component,
    streams: Sequence[Component] = (),
    relay: Component | None = None,
    app: ASGIApp | None = None,
    drain_s: float = 5.0,
) -> ServiceProcess:
    settings = ServiceSettings(port=port, drain_s=drain_s)
    slow_app = app or SlowApp()
    return ServiceProcess(
        "test",
        settings,
        app=slow_app,
        components=components,
        streams=streams,
        relay=relay,
        tracing=Tracing("test"),
        metrics=Metrics("test"),
    )


async def get(port: int, path: str = "") -> str:
    """Send a request as soon as the server listens."""
    return str((await answered(f"http://127.0.0.1:{port}/{path}"))[1])


async def refuses_connections(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return True
    writer.close()
    return False


@asynccontextmanager
async def running(built: ServiceProcess, port: int) -> AsyncIterator[asyncio.Event]:
    """Run it while the body runs, then wait until it has drained."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(built.run(stop))
        await get(port)
        try:
            yield stop
        finally:
            stop.set()


async def test_the_relay_ends_last(
    unused_tcp_port: int,
) -> None:
    """It publishes events that other components write while draining."""
    ended: list[str] = []
    relay = Loop("relay", ended)
    slow, quick = Loop("slow", ended, finish_s=0.2), Loop("quick", ended)
    async with running(service(unused_tcp_port, slow, quick, relay=relay), unused_tcp_port):
        pass
    assert ended == ["quick", "slow", "relay"]


async def test_open_requests_are_answered_while_draining(
    unused_tcp_port: int,
) -> None:
    """New ones are refused; components run until the open ones are answered."""
    ended: list[str] = []
    slow_app = SlowApp(ended=ended)
    built = service(unused_tcp_port, Loop("part", ended), app=slow_app)
    async with running(built, unused_tcp_port) as stop, asyncio.TaskGroup() as tasks:
        ended.clear()
        slow_app.may_answer.clear()
        in_hand = tasks.create_task(get(unused_tcp_port))
        await until(lambda: slow_app.taken == 2)
        stop.set()
        await until(lambda: refuses_connections(unused_tcp_port))
        slow_app.may_answer.set()
    assert in_hand.result() == "answered"
    assert ended == ["request", "part"]


async def test_streams_end_before_requests_are_drained(unused_tcp_port: int) -> None:
    """A live view does not delay the end until the drain time."""
    ended: list[str] = []
    begun: list[str] = []

    async def watched(scope: Scope, _: Receive, send: Send) -> None:
        begun.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/live":
            await until(lambda: "view" in ended)
        await send({"type": "http.response.body", "body": b"ended"})
        ended.append(scope["path"])

    built = service(
        unused_tcp_port,
        Loop("part", ended),
        app=watched,
        streams=[Loop("view", ended)],
        drain_s=600,
    )
    async with asyncio.TaskGroup() as tasks, running(built, unused_tcp_port):
        live = tasks.create_task(get(unused_tcp_port, "live"))
        await until(lambda: "/live" in begun)
    assert live.result() == "ended"
    assert ended == ["/", "view", "/live", "part"]


@pytest.mark.parametrize("turns", range(3))
async def test_a_connection_that_comes_with_the_end_is_closed(
    turns: int, unused_tcp_port: int
) -> None:
    """In whichever turn of the loop it is accepted: none is left to the garbage collector."""
    with socket.socket() as client:
        async with running(service(unused_tcp_port), unused_tcp_port) as stop:
            stop.set()
            for _ in range(turns):
                await asyncio.sleep(0)
            with suppress(ConnectionRefusedError):
                client.connect(("127.0.0.1", unused_tcp_port))
    gc.collect()


class Patient(CoalescingProtocol):
    """Leaves a connection open on which no request comes."""

    head_within_s = 10 * PATIENCE_S


async def test_a_connection_that_a_client_keeps_delays_nothing(unused_tcp_port: int) -> None:
    """It is closed, also while another request is answered."""
    slow_app = SlowApp()
    settings = ServiceSettings(port=unused_tcp_port, drain_s=10 * PATIENCE_S)
    built = ServiceProcess(
        "test",
        settings,
        app=slow_app,
        tracing=Tracing("test"),
        metrics=Metrics("test"),
        protocol=Patient,
    )
    async with (
        asyncio.timeout(PATIENCE_S / 2),  # uvicorn would close it after 75 s
        running(built, unused_tcp_port) as stop,
        asyncio.TaskGroup() as tasks,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", unused_tcp_port)
        writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        await reader.readuntil(b"answered")
        slow_app.may_answer.clear()
        tasks.create_task(get(unused_tcp_port))
        await until(lambda: slow_app.taken == 3)
        stop.set()
        await reader.read()  # until it is closed
        slow_app.may_answer.set()
    writer.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains(unused_tcp_port: int, number: signal.Signals) -> None:
    """SIGTERM and SIGINT start a drain."""
    ended: list[str] = []
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(PATIENCE_S):
        built = service(unused_tcp_port, Loop("part", ended), relay=Loop("relay", ended))
        run = tasks.create_task(built.run())
        await get(unused_tcp_port)
        os.kill(os.getpid(), number)
        await run
    assert ended == ["part", "relay"]


async def test_hanging_components_are_cancelled_after_the_drain_time(unused_tcp_port: int) -> None:
    """So are a hanging relay and a hanging request."""
    ended: list[str] = []
    hung = [Loop(name, ended, finish_s=60) for name in ("part", "relay")]
    slow_app = SlowApp(ended=ended)
    built = service(unused_tcp_port, hung[0], relay=hung[1], app=slow_app, drain_s=1.0)
    async with asyncio.TaskGroup() as tasks, running(built, unused_tcp_port):
        slow_app.may_answer.clear()
        tasks.create_task(_left_alone(unused_tcp_port))
        await until(lambda: slow_app.taken == 2)
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 2.0
    assert ended == ["request"]  # the first, which was answered


async def _left_alone(port: int) -> None:
    with suppress(aiohttp.ClientError):
        await get(port)


async def ended_alone(built: ServiceProcess) -> None:
    """Run it until it ends by itself."""
    async with asyncio.timeout(PATIENCE_S):
        await built.run()


@pytest.mark.parametrize("name", ["runner", "relay"])
async def test_a_component_that_returns_by_itself_ends_the_process(
    unused_tcp_port: int, name: str
) -> None:
    """A service without one of its loops must not keep running."""
    loops = {each: Loop(each) for each in ("runner", "relay")} | {
        name: Loop(name, alone_after_s=0.1)
    }
    with pytest.raises(ExceptionGroup) as ended:
        await ended_alone(service(unused_tcp_port, loops["runner"], relay=loops["relay"]))
    assert ended.group_contains(ComponentEnded, match=name)


async def test_a_component_that_ends_cancelled_by_itself_ends_the_process(
    unused_tcp_port: int,
) -> None:
    """A task group alone would say nothing, and its health would stay as it was."""
    cut_off = Loop("worker", alone_after_s=0.1, failure=asyncio.CancelledError())
    with pytest.raises(ExceptionGroup) as ended:
        await ended_alone(service(unused_tcp_port, cut_off))
    assert ended.group_contains(ComponentEnded, match="worker")


async def test_a_failed_component_ends_the_process_with_its_exception(unused_tcp_port: int) -> None:
    """The log has the reason."""
    failing = Loop("worker", alone_after_s=0.1, failure=KeyError("defect"))
    with pytest.raises(ExceptionGroup) as ended:
        await ended_alone(service(unused_tcp_port, failing))
    assert ended.group_contains(KeyError)


async def test_a_blocked_event_loop_is_seen(unused_tcp_port: int) -> None:
    """A timer of each second is late while something else has the thread."""
    metrics = Metrics("test")
    built = ServiceProcess(
        "test",
        ServiceSettings(port=unused_tcp_port),
        app=SlowApp(),
        tracing=Tracing("test"),
        metrics=metrics,
    )

    def late() -> bool:
        threading.Event().wait(0.2)
        seen = metrics.histogram("event_loop_delay_s")
        return seen.sum > 0.1

    async with running(built, unused_tcp_port):
        await until(late)


async def test_a_service_without_a_database_connection_drains(
    unused_tcp_port: int,
) -> None:
    """Waiting for the database does not delay the end."""
    database = Database(NOWHERE)
    settings = ServiceSettings(port=unused_tcp_port)
    built = ServiceProcess(
        "test",
        settings,
        app=SlowApp(),
        database=database,
        tracing=Tracing("test"),
        metrics=Metrics("test"),
    )
    async with asyncio.timeout(PATIENCE_S), running(built, unused_tcp_port):
        assert await get(unused_tcp_port) == "answered"
        assert not database.health().ready


def test_health_has_each_component_and_the_database() -> None:
    """Each has its state and reason."""
    report = health_of([Loop("relay"), Loop("worker")], Database(NOWHERE))
    assert list(report) == ["relay", "worker", "database"]
    assert report["worker"].detail == "not yet"
    assert "database" not in health_of([], None)


async def test_an_upgrade_is_ignored(unused_tcp_port: int) -> None:
    """No WebSocket library answers in our place, and in plain text (RFC 9110, 7.8)."""
    said = (
        b"GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
        b"sec-websocket-version: 13\r\n\r\n"
    )
    async with running(service(unused_tcp_port), unused_tcp_port), asyncio.timeout(PATIENCE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", unused_tcp_port)
        writer.write(said)
        assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
        writer.close()
