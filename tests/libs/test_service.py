"""A whole service: its components, and its start without database and broker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.clock import Clock
from libs.contracts import topics
from libs.ids import new_id
from libs.service import Capability, Resources, Service
from libs.settings import EncryptedSettings, ServiceSettings
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext
from libs.web.callers.tokens import TokenChecker
from libs.web.calling.client import HttpClient
from libs.web.handling.limits import RequestLimits
from libs.web.handling.routes import Routes
from tests.libs.messaging.scenes import (
    RecordingHandler,
    own_name,
    router_with,
    submitted,
    write_events,
)
from tests.libs.running import Loop, running
from tests.operating import as_operator
from tests.waiting import answered, until
from tools.embedded.kafka import EmbeddedKafka

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


async def hello(_: Request) -> Response:
    return PlainTextResponse("hello")


@dataclass(frozen=True)
class Wanted:
    """The query of a route."""

    word: str


class Renaming:
    """Middleware that serves `/hello` at another address."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") == "/old":
            scope["path"] = "/hello"
        await self.app(scope, receive, send)


def tokens() -> TokenChecker:
    """The token checker that the operators' routes need."""
    client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
    return TokenChecker(NOWHERE, client=client)


@asynccontextmanager
async def forwarded(port: int, target: str) -> AsyncIterator[None]:
    """Listen on a port, and forward connections to a server."""
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


async def is_ready(url: str) -> bool:
    return (await answered(f"{url}/health/ready"))[0] == 200


def with_port(dsn: str, port: int) -> str:
    parts = urlsplit(dsn)
    return parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}").geturl()


async def test_a_service_starts_without_database_and_broker_and_recovers(
    kafka: EmbeddedKafka,
    dsn_for: Callable[[str], Awaitable[str]],
    unused_tcp_port_factory: Callable[[], int],
) -> None:
    """It is live and not ready without them, and ready once they are there."""
    port, dsn_port, kafka_port = (unused_tcp_port_factory() for _ in range(3))
    dsn, recorder, stop, ours = (
        await dsn_for("applications"),
        RecordingHandler(),
        asyncio.Event(),
        new_id(),
    )
    settings = EncryptedSettings.model_validate(
        {
            **as_operator(kafka),
            "port": port,
            "dsn": with_port(dsn, dsn_port),
            "NAGORIK_KAFKA_BOOTSTRAP": f"127.0.0.1:{kafka_port}",
        }
    )
    said = Capability("saying", routes=[Route("/hello", hello)])
    heard = Capability("recorder", consumers=router_with(recorder, name=own_name()))
    built = Service(Resources.of(own_name(), settings), [said, heard], provides=[tokens()])
    url = f"http://127.0.0.1:{port}"
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(built.run(stop))
        assert (await answered(f"{url}/hello"))[1] == "hello"
        assert (await answered(f"{url}/health/live"))[0] == 200
        status, report = await answered(f"{url}/health/ready")
        away = {name for name, component in report["components"].items() if not component["ready"]}
        assert (status, away) == (503, {"consume applications.v1", "relay", "database"})
        async with (
            forwarded(dsn_port, urlsplit(dsn).netloc.rpartition("@")[2]),
            forwarded(kafka_port, kafka.bootstrap),
        ):
            await until(lambda: is_ready(url))
            await write_events(kafka, submitted(ours))
            await until(lambda: recorder.of(ours))
            stop.set()


async def test_health_lists_every_component_by_its_name(unused_tcp_port: int) -> None:
    """Consumers, components of capabilities, shared ones, housekeeping and relay."""
    capabilities = [
        Capability("one", consumers=router_with(RecordingHandler()), components=[Loop("runner")]),
        Capability(
            "two",
            consumers=router_with(RecordingHandler(), topic=topics.NOTIFICATIONS),
            streams=[Loop("views")],
        ),
    ]
    settings = ServiceSettings(port=unused_tcp_port, dsn=NOWHERE)
    built = Service(
        Resources.of("test", settings),
        capabilities,
        components=[Loop("keys")],
        provides=[tokens()],
    )
    async with running(built) as url:
        _, report = await answered(f"{url}/health/ready")
    heard = ["consume applications.v1", "consume quiet"]
    rest = ["runner", "keys", "refusals", "housekeeping", "views", "relay", "database"]
    assert list(report["components"]) == [*heard, *rest]


async def test_a_service_without_a_database_has_no_relay(unused_tcp_port: int) -> None:
    """There is no outbox to publish."""
    resources = Resources.of("test", ServiceSettings(port=unused_tcp_port), has_database=False)
    async with running(Service(resources, [Capability("one", components=[Loop("only")])])) as url:
        status, report = await answered(f"{url}/health/live")
    assert (status, list(report["components"])) == (200, ["only", "refusals"])


async def test_a_route_is_given_what_its_capability_and_the_service_provide(
    unused_tcp_port: int,
) -> None:
    """The capability's object takes precedence over the shared one of the same type."""
    routes = Routes()

    @routes.get("/{service}/time")
    async def tell(clock: Clock, wanted: Wanted) -> Response:
        """Tell."""
        return PlainTextResponse(f"{clock.now().year} {wanted.word}")

    then = Clock(lambda: datetime(1971, 12, 16, tzinfo=UTC))
    resources = Resources.of("test", ServiceSettings(port=unused_tcp_port), has_database=False)
    built = Service(
        resources,
        [Capability("time", routes=routes, provides=[then])],
        provides=[Clock(), Wanted("shared")],
    )
    async with running(built) as url:
        assert await answered(f"{url}/test/time") == (200, "1971 shared")


async def test_a_service_may_have_limits_and_middleware_of_its_own(unused_tcp_port: int) -> None:
    """Its middleware is around all other; its limits apply to each route."""
    resources = Resources.of("test", ServiceSettings(port=unused_tcp_port), has_database=False)
    built = Service(
        resources,
        [Capability("one", routes=[Route("/hello", hello)])],
        limits=RequestLimits(at_once=0),
        middleware=[Middleware(Renaming)],
    )
    async with running(built) as url:
        assert (await answered(f"{url}/old"))[0] == 503


def test_making_resources_connects_nothing_and_takes_the_tracing_it_is_given() -> None:
    """Resources can be made without servers."""
    tracing = Tracing("test")
    resources = Resources.of("test", ServiceSettings(dsn=NOWHERE), tracing=tracing)
    assert resources.tracing is tracing
    assert not resources.database.health().ready


def test_settings_say_whose_sampled_flag_counts() -> None:
    """A service that strangers reach samples its own share of their traces."""
    sampled = TraceContext("00-" + "ab" * 16 + "-" + "cd" * 8 + "-01")
    for per_s, counts in ((0, False), (1, True)):
        settings = ServiceSettings.model_validate(
            {"traces_of_callers_per_s": per_s, "NAGORIK_TRACES_PER_S": 0}
        )
        tracing = Resources.of("test", settings, has_database=False).tracing
        assert tracing.accept(sampled).sampled is counts
