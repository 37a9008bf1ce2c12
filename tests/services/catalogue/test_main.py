import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
from aiokafka import AIOKafkaConsumer

from libs.contracts import topics
from libs.contracts.catalogue import PublicServiceChanged
from libs.database.pool import Database
from libs.messaging.envelope import decode
from services.catalogue.main import build
from services.catalogue.public_services.rules import FeeOverride
from services.catalogue.public_services.use_cases import set_fee
from services.catalogue.settings import Settings
from tests.operating import as_operator
from tests.waiting import PATIENCE_S, until
from tools.embedded.kafka import EmbeddedKafka

NOBODY = "127.0.0.1:1"
AWAY = {"NAGORIK_KAFKA_BOOTSTRAP": NOBODY}
Ask = Callable[[str], Awaitable[int]]


@asynccontextmanager
async def serving(dsn: str, port: int, brokers: Mapping[str, str] = AWAY) -> AsyncIterator[Ask]:
    """Run the catalogue, by default without a broker; yield a function that gets a status."""
    settings = Settings.model_validate({"dsn": dsn, "port": port, "drain_s": 1, **brokers})
    http = aiohttp.ClientSession(f"http://127.0.0.1:{port}")

    async def ask(path: str) -> int:
        try:
            async with http.get(path) as reply:
                return reply.status
        except aiohttp.ClientConnectionError:
            return 0

    stop = asyncio.Event()
    async with asyncio.timeout(PATIENCE_S), http, asyncio.TaskGroup() as tasks:
        tasks.create_task(build(settings).run(stop))
        try:
            await until_ok(ask, "/health/live")
            yield ask
        finally:
            stop.set()


async def until_ok(ask: Ask, path: str) -> None:
    async def is_ok() -> bool:
        return await ask(path) == 200

    await until(is_ok)


async def test_the_catalogue_serves_without_a_broker_and_drains(
    dsn_for: Callable[[str], Awaitable[str]], unused_tcp_port: int
) -> None:
    """Without a broker it loads the reference, serves requests and stops."""
    async with serving(await dsn_for("catalogue"), unused_tcp_port) as ask:
        await until_ok(ask, "/v1/services/S001")
        await until_ok(ask, "/v1/areas/districts")


async def test_the_catalogue_starts_without_a_database(unused_tcp_port: int) -> None:
    """Without a database it is live but not ready, and responds with 503."""
    async with serving(f"postgresql://catalogue:x@{NOBODY}/catalogue", unused_tcp_port) as ask:
        assert await ask("/health/ready") == 503
        assert await ask("/v1/services") == 503


async def test_changes_are_published(
    dsn_for: Callable[[str], Awaitable[str]], empty_kafka: EmbeddedKafka, unused_tcp_port: int
) -> None:
    """A start publishes 81 services and a new fee one more, with the service's id as key."""
    dsn = await dsn_for("catalogue")
    async with (
        serving(dsn, unused_tcp_port, as_operator(empty_kafka)),
        AIOKafkaConsumer(
            topics.CATALOGUE.name,
            **empty_kafka.client,
            auto_offset_reset="earliest",
        ) as consumer,
        asyncio.timeout(PATIENCE_S),
    ):
        first = [await next_event(consumer) for _ in range(81)]
        assert len({event.public_service_id for event in first}) == 81
        database = Database(dsn, connections=1)
        async with database.transaction() as tx:
            await set_fee(
                tx, "S001", FeeOverride(75, None, "gazette"), by="rahima", at=datetime.now(UTC)
            )
        await database.close()
        event = await next_event(consumer)
        assert (event.public_service_id, event.fee_bdt) == ("S001", 75)


async def next_event(consumer: AIOKafkaConsumer) -> PublicServiceChanged:
    """Return the next event of the topic."""
    record = await consumer.getone()
    event = decode(topics.CATALOGUE, record.topic, record.headers, record.value)
    assert isinstance(event, PublicServiceChanged)
    assert record.key == event.public_service_id.encode()
    return event
