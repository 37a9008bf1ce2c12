"""Adds events to the outbox, and reads what Kafka then has of them."""

import asyncio
from uuid import UUID

from aiokafka.admin import NewTopic

from libs.contracts import topics
from libs.contracts.events import Event
from libs.database.pool import Database
from libs.messaging.envelope import Record
from libs.messaging.kafka.administering import administering
from libs.messaging.kafka.broker import Broker
from libs.messaging.writing import outbox
from libs.messaging.writing.relay import Relay
from libs.settings import ServiceSettings
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from tests.libs.messaging.scenes import read_all, settings_for
from tests.waiting import PATIENCE_S
from tools.embedded.kafka import EmbeddedKafka

TOPIC = topics.APPLICATIONS.name


async def tell(database: Database, *events: Event) -> None:
    async with database.transaction() as tx:
        await outbox.add(tx, events)


async def waiting(database: Database) -> int:
    """The number of events that are not published, set aside or not."""
    async with database.transaction() as tx:
        return int(
            await tx.fetchval(
                "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM outbox_blocked)"
            )
        )


async def is_empty(database: Database) -> bool:
    return await waiting(database) == 0


async def published_of(kafka: EmbeddedKafka, *applications: UUID, topic: str = TOPIC) -> list[str]:
    """`application event_type` of every record of these applications, as Kafka has them."""
    wanted = {str(application).encode(): application for application in applications}
    return [
        f"{wanted[record.key]} {dict(record.headers)['ce_type'].decode()}"
        for record in await read_all(kafka, topic)
        if record.key in wanted
    ]


async def announce_in_the_end(database: Database, event: Event) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await tell(database, event)
            except Exception:  # noqa: BLE001 -- whatever a database that comes back says
                await asyncio.sleep(0.2)
            else:
                return


def relay(
    database: Database,
    kafka: EmbeddedKafka | ServiceSettings,
    *,
    tracing: Tracing | None = None,
    metrics: Metrics | None = None,
    poll_s: float = 1.0,
) -> Relay:
    """Make the relay of applications."""
    settings = settings_for(kafka) if isinstance(kafka, EmbeddedKafka) else kafka
    broker = Broker("applications", settings)
    return relay_of(broker, database, tracing=tracing, metrics=metrics, poll_s=poll_s)


def relay_of(
    broker: Broker,
    database: Database,
    *,
    tracing: Tracing | None = None,
    metrics: Metrics | None = None,
    **limits_s: float,
) -> Relay:
    """Make the relay of applications with producers of this broker."""
    return Relay(
        broker=broker,
        database=database,
        tracing=tracing or Tracing("applications"),
        metrics=metrics or Metrics("applications"),
        **limits_s,
    )


async def add(database: Database, topic: str, key: bytes, *values: bytes) -> None:
    async with database.transaction() as tx:
        await outbox.add_records(tx, [Record(topic, key, value, ()) for value in values])


async def outbox_rows(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.fetchval("SELECT count(*) FROM outbox"))


async def make_topic(
    kafka: EmbeddedKafka, topic: str, *, partitions: int = 1, **settings: str
) -> None:
    async with administering(kafka.client) as admin:
        await admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=settings)])
