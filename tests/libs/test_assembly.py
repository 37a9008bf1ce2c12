"""A whole service put together: what it consists of, and how it starts with nobody else there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from libs.assembly import Health, assemble, make_resources
from libs.contracts import topics
from libs.ids import new_id
from libs.settings import ServiceSettings
from libs.telemetry.tracing import Tracing
from libs.web.app import make_app
from tests.libs.messaging.scene import Hearing, own_name, submitted, until, write_events
from tests.libs.test_service import Loop
from tests.operating import as_operator
from tools.embedded.kafka import EmbeddedKafka

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


async def hello(_: Request) -> Response:
    return PlainTextResponse("hello")


@asynccontextmanager
async def forwarded(port: int, target: str) -> AsyncIterator[None]:
    """Have a port lead to a server that could not be reached until now."""
    host, target_port = target.split(":")

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(host, int(target_port))
        async with asyncio.TaskGroup() as ways:
            ways.create_task(_pour(reader, there_writer))
            ways.create_task(_pour(there_reader, writer))

    async with await asyncio.start_server(carry, "127.0.0.1", port):
        yield


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while read := await reader.read(65_536):
            writer.write(read)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def answered(url: str) -> tuple[int, Any]:
    """Status and body, as soon as somebody listens."""
    async with aiohttp.ClientSession() as http, asyncio.timeout(5):
        while True:
            try:
                async with http.get(url) as answer:
                    is_json = answer.content_type == "application/json"
                    return answer.status, await (answer.json() if is_json else answer.text())
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.01)


async def becomes_ready(url: str) -> None:
    async with asyncio.timeout(20):
        while (await answered(f"{url}/health/ready"))[0] != 200:
            await asyncio.sleep(0.05)


def with_port(dsn: str, port: int) -> str:
    parts = urlsplit(dsn)
    return parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}").geturl()


async def test_a_service_starts_without_database_and_broker_and_recovers(
    kafka: EmbeddedKafka,
    dsn_for: Callable[[str], Awaitable[str]],
    unused_tcp_port_factory: Callable[[], int],
) -> None:
    """Live and not ready while both are away; once they are there it works, without a restart."""
    port, dsn_port, kafka_port = (unused_tcp_port_factory() for _ in range(3))
    dsn, hearing, stop, ours = await dsn_for("applications"), Hearing(), asyncio.Event(), new_id()
    settings = ServiceSettings.model_validate(
        {
            **as_operator(kafka),
            "port": port,
            "dsn": with_port(dsn, dsn_port),
            "NAGORIK_KAFKA_BOOTSTRAP": f"127.0.0.1:{kafka_port}",
        }
    )
    resources = make_resources(own_name(), settings)
    built = assemble(
        resources, routes=[Route("/hello", hello)], handlers={topics.APPLICATIONS: hearing}
    )
    url = f"http://127.0.0.1:{port}"
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(built.run(stop))
        assert (await answered(f"{url}/hello"))[1] == "hello"
        await asyncio.sleep(0.5)
        assert (await answered(f"{url}/health/live"))[0] == 200
        status, report = await answered(f"{url}/health/ready")
        away = {name for name, part in report["parts"].items() if not part["ready"]}
        assert (status, away) == (503, {"consume applications.v1", "relay", "database"})
        async with (
            forwarded(dsn_port, urlsplit(dsn).netloc.rpartition("@")[2]),
            forwarded(kafka_port, kafka.bootstrap),
        ):
            await becomes_ready(url)
            await write_events(kafka, submitted(ours))
            await until(lambda: hearing.of(ours))
            stop.set()


async def test_health_lists_every_part_by_its_name(unused_tcp_port: int) -> None:
    """A consumer per topic heard, the service's own parts, housekeeping, relay and database."""
    settings = ServiceSettings(port=unused_tcp_port, dsn=NOWHERE)
    stop = asyncio.Event()
    built = assemble(
        make_resources("test", settings),
        handlers={topics.APPLICATIONS: Hearing(), topics.NOTIFICATIONS: Hearing()},
        parts=[Loop("worker")],
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(built.run(stop))
        _, report = await answered(f"http://127.0.0.1:{unused_tcp_port}/health/ready")
        stop.set()
    heard = ["consume applications.v1", "consume notifications.v1"]
    assert list(report["parts"]) == [*heard, "worker", "housekeeping", "relay", "database"]


async def test_a_service_may_bring_its_own_application(unused_tcp_port: int) -> None:
    """Who needs other limits makes the application, and is given the health of all parts."""
    stop, seen = asyncio.Event(), list[str]()
    resources = make_resources("test", ServiceSettings(port=unused_tcp_port, dsn=NOWHERE))

    def app(health: Health) -> ASGIApp:
        seen.extend(health())
        return make_app(
            [Route("/own", hello)],
            service="test",
            tracing=resources.tracing,
            metrics=resources.metrics,
            health=health,
        )

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(assemble(resources, app=app).run(stop))
        assert (await answered(f"http://127.0.0.1:{unused_tcp_port}/own"))[1] == "hello"
        stop.set()
    assert seen == ["housekeeping", "relay", "database"]


def test_making_resources_connects_nothing_and_takes_the_tracing_it_is_given() -> None:
    """A composition root can be built anywhere, as often as a test likes."""
    tracing = Tracing("test")
    resources = make_resources("test", ServiceSettings(dsn=NOWHERE), tracing=tracing)
    assert resources.tracing is tracing
    assert not resources.database.health().ready
