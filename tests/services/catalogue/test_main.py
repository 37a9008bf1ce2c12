import asyncio
import socket
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
from tests.services.catalogue.running import until
from tools.embedded.kafka import EmbeddedKafka

NOBODY = "127.0.0.1:1"
AWAY = {"NAGORIK_KAFKA_BOOTSTRAP": NOBODY}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@asynccontextmanager
async def running(
    dsn: str, brokers: Mapping[str, str] = AWAY
) -> AsyncIterator[Callable[[str], Awaitable[int]]]:
    """A catalogue whose broker is away unless it is given, and a way to ask for a status."""
    settings = Settings.model_validate({"dsn": dsn, "port": free_port(), "drain_s": 1, **brokers})
    stop = asyncio.Event()
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        tasks.create_task(build(settings).run(stop))
        async with aiohttp.ClientSession(f"http://127.0.0.1:{settings.port}") as http:

            async def ask(path: str) -> int:
                try:
                    async with http.get(path) as reply:
                        return reply.status
                except aiohttp.ClientConnectionError:
                    return 0

            try:
                await until(lambda: ask("/health/live"), 200)
                yield ask
            finally:
                stop.set()


async def test_the_catalogue_serves_without_a_broker_and_drains(
    dsn_for: Callable[[str], Awaitable[str]],
) -> None:
    """Without a broker it loads and serves; its events wait in the outbox."""
    async with running(await dsn_for("catalogue")) as ask:
        await until(lambda: ask("/v1/services/S001"), 200)


async def test_the_catalogue_starts_without_a_database() -> None:
    """Without a database it is live but not ready, and answers 503."""
    async with running(f"postgresql://catalogue:x@{NOBODY}/catalogue") as ask:
        assert await ask("/health/ready") == 503
        assert await ask("/v1/services") == 503


async def test_changes_are_published(
    dsn_for: Callable[[str], Awaitable[str]], fresh_kafka: EmbeddedKafka
) -> None:
    """A start publishes 81 services and a new fee one more, with the service's id as key."""
    dsn = await dsn_for("catalogue")
    async with (
        running(dsn, as_operator(fresh_kafka)),
        AIOKafkaConsumer(
            topics.CATALOGUE.name,
            **fresh_kafka.client,
            auto_offset_reset="earliest",
        ) as consumer,
        asyncio.timeout(20),
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
    """The next event of the topic."""
    record = await consumer.getone()
    event = decode(topics.CATALOGUE, record.topic, record.headers, record.value)
    assert isinstance(event, PublicServiceChanged)
    assert record.key == event.public_service_id.encode()
    return event
