"""Events, records and running components for the tests of messaging."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from libs.component import Component
from libs.contracts import topics
from libs.contracts.applications import ApplicationSubmitted, ApplicationWithdrawn
from libs.contracts.events import Event
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.envelope import Headers, Record, encode
from libs.messaging.kafka.administering import administering
from libs.messaging.kafka.broker import Broker
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.batch_transaction import BatchTransactions, Handler
from libs.messaging.reading.consumers import TopicConsumer, make_consumers
from libs.messaging.reading.holds import IN_A_ROW, Hold, Holds
from libs.messaging.reading.received_record import ReceivedRecord
from libs.messaging.reading.router import Router, Tx
from libs.messaging.reading.subscription import Transactions
from libs.settings import ServiceSettings
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext
from tests.operating import as_operator
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

CITIZEN = UUID("0198a5af-11aa-7b31-8c55-0a1b2c3d4e5f")
SAMPLED = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")

_groups = itertools.count()


def submitted(application: UUID | None = None, **fields: Any) -> ApplicationSubmitted:
    """An event of a new application."""
    return ApplicationSubmitted(**{**_facts(application), **fields})


def withdrawn(application: UUID | None = None, **fields: Any) -> ApplicationWithdrawn:
    """A later event of the application."""
    return ApplicationWithdrawn(**{**_facts(application), **fields})


def _facts(application: UUID | None) -> dict[str, Any]:
    return {
        "application_id": application or new_id(),
        "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
        "citizen_id": CITIZEN,
        "public_service_id": "S001",
        "ministry": "mopa",
    }


@dataclass
class Raw:
    """A raw record of the Kafka client."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    topic: str = topics.APPLICATIONS.name
    partition: int = 0
    timestamp: int = 0


def raw(event: Event, offset: int, *, trace: TraceContext | None = None) -> Raw:
    """The record of an event at an offset."""
    record = encode(event, trace=trace)
    return Raw(offset, record.key, record.value, record.headers, record.topic)


def broken(application: UUID, offset: int) -> Raw:
    """An unreadable record of an application."""
    return Raw(offset, str(application).encode(), b"{", encode(submitted(), trace=None).headers)


@dataclass
class RecordingHandler:
    """A handler that stores its events, and fails where a test wants it to."""

    heard: list[Event] = field(default_factory=list)
    batches: int = 0
    fails_on: Callable[[Event], BaseException | None] = lambda _: None

    async def __call__(self, batch: Batch[Any], tx: Transaction) -> None:
        self.batches += 1
        await tx.execute("SELECT 1")
        for event in batch.events:
            failure = self.fails_on(event)
            if failure is not None:
                raise failure
        self.heard += batch.events

    def of(self, *applications: UUID) -> list[Event]:
        """The handled events of these applications, in order."""
        return [
            event for event in self.heard if getattr(event, "application_id", 0) in applications
        ]


@dataclass
class Handling:
    """The transactions of one topic's batches with a handler."""

    transactions: BatchTransactions
    topic: topics.Topic
    handler: Handler

    async def handle(self, records: Sequence[Raw]) -> None:
        """Handle records as a consumer does: what is held comes again."""
        rest = list(records)
        while rest:
            held = await self.handle_once(rest)
            holds = [held.get(TopicPartition(one.topic, one.partition)) for one in rest]
            rest = [
                one
                for one, hold in zip(rest, holds, strict=True)
                if hold and one.offset >= hold.offset
            ]

    async def handle_once(self, records: Sequence[Raw]) -> Mapping[TopicPartition, Hold]:
        """Handle records once; return the partitions that are held."""
        received = [ReceivedRecord(self.topic, record) for record in records]
        return await self.transactions.handle(received, self.handler)


def handling(
    database: Database,
    handler: Handler,
    *,
    topic: topics.Topic = topics.APPLICATIONS,
    tracing: Tracing | None = None,
    metrics: Metrics | None = None,
    held_like: topics.Topic | None = None,
) -> Handling:
    """Transactions and handler of one topic, without a pause between attempts.

    Its partitions are held as those of `held_like`, if given.
    """
    made = transactions(
        database, topic=topic, tracing=tracing, metrics=metrics, held_like=held_like
    )
    return Handling(made, topic, handler)


def transactions(
    database: Database,
    *,
    topic: topics.Topic = topics.APPLICATIONS,
    tracing: Tracing | None = None,
    metrics: Metrics | None = None,
    in_a_row: int = IN_A_ROW,
    held_like: topics.Topic | None = None,
) -> BatchTransactions:
    """The transactions of one topic's batches, without a pause between attempts."""
    metrics = metrics or Metrics("applications")
    return BatchTransactions(
        "applications",
        topic,
        database=database,
        tracing=tracing or Tracing("applications"),
        metrics=metrics,
        holds=Holds(held_like or topic, metrics, retry_pause_s=0.0, in_a_row=in_a_row),
    )


def settings_for(
    kafka: EmbeddedKafka, *, replica: str = "0", drain_s: float = 10.0
) -> ServiceSettings:
    """Settings of a service on the broker of this run."""
    return ServiceSettings.model_validate(
        {**as_operator(kafka), "replica": replica, "drain_s": drain_s}
    )


def own_name() -> str:
    """A service name that no other test has, so its consumer groups are new."""
    return f"test-{next(_groups)}"


def consumer(
    database: Database,
    handler: Handler,
    kafka: EmbeddedKafka,
    *,
    name: str | None = None,
    replica: str = "0",
    topic: topics.Topic = topics.APPLICATIONS,
    transactions: Transactions | None = None,
    metrics: Metrics | None = None,
    compare_every_s: float = 3600.0,
) -> TopicConsumer:
    """A consumer of a topic, in a group of its own unless named.

    Args:
        transactions: handles the batches instead of `BatchTransactions`.
        compare_every_s: seconds between two looks whether the database went back.
    """
    name = name or own_name()
    router = router_with(handler, name=name, topic=topic)
    (made,) = make_consumers(
        [router],
        broker=Broker(name, settings_for(kafka, replica=replica)),
        database=database,
        tracing=Tracing("applications"),
        metrics=metrics or Metrics("applications"),
        compare_every_s=compare_every_s,
    )
    if transactions is not None:
        router.subscribed[topic][0].begin(transactions)
    assert isinstance(made, TopicConsumer)
    return made


def router_with(
    handler: Handler, *, name: str = "applications", topic: topics.Topic = topics.APPLICATIONS
) -> Router:
    """A router with one handler, which may publish."""
    router = Router(name)

    @router.publisher(topics.APPLICATIONS)
    @router.subscriber(topic)
    async def on_events(batch: Batch[Any], tx: Tx) -> Sequence[Event] | None:
        return await handler(batch, tx)

    return router


@asynccontextmanager
async def running(*components: Component) -> AsyncIterator[asyncio.Event]:
    """Run components while the body runs, and drain them at its end."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for component in components:
            tasks.create_task(component.run(stop))
        try:
            yield stop
        finally:
            stop.set()


async def until_one_waits(database: Database) -> None:
    """Wait until a transaction waits for a lock of another."""

    async def one_waits() -> bool:
        async with database.transaction() as tx:
            return bool(await tx.fetchval("SELECT true FROM pg_locks WHERE NOT granted LIMIT 1"))

    await until(one_waits)


async def write(kafka: EmbeddedKafka, *records: Record, partition: int | None = None) -> list[int]:
    """Write records as another publisher; return their offsets."""
    producer = AIOKafkaProducer(**kafka.client, acks="all")
    await producer.start()
    try:
        return [
            (
                await producer.send_and_wait(
                    record.topic,
                    value=record.value,
                    key=record.key,
                    partition=partition,
                    headers=list(record.headers),
                )
            ).offset
            for record in records
        ]
    finally:
        await producer.stop()


async def write_events(kafka: EmbeddedKafka, *events: Event) -> list[int]:
    """Write events as their publisher."""
    return await write(kafka, *[encode(event, trace=event.trace) for event in events])


async def write_as_ministry(kafka: EmbeddedKafka, *events: Event) -> list[int]:
    """Write events as ministries' own adapters do, each to its ministry's topic."""
    records = [encode(event, trace=event.trace) for event in events]
    names = [topics.MINISTRIES.name_of(event) for event in events]
    return await write(
        kafka, *[one._replace(topic=name) for one, name in zip(records, names, strict=True)]
    )


async def read_all(kafka: EmbeddedKafka, topic: str) -> "list[ConsumerRecord[bytes, bytes]]":
    """All records that are in a topic now."""
    places = await _places(kafka, topic)
    reader = AIOKafkaConsumer(**kafka.client, auto_offset_reset="earliest")
    await reader.start()
    try:
        reader.assign(places)
        await reader.seek_to_beginning(*places)
        ends = await reader.end_offsets(places)
        found: list[ConsumerRecord[bytes, bytes]] = []
        while any([await reader.position(place) < ends[place] for place in places]):
            for records in (await reader.getmany(timeout_ms=200)).values():
                found += records
        return found
    finally:
        await reader.stop()


async def _places(kafka: EmbeddedKafka, topic: str) -> list[TopicPartition]:
    async with administering(kafka.client) as admin:
        (described,) = await admin.describe_topics([topic])
        return [TopicPartition(topic, each["partition"]) for each in described["partitions"]]


async def setting(kafka: EmbeddedKafka, topic: str, name: str) -> str:
    """A setting of a topic, read from the broker."""
    async with administering(kafka.client) as admin:
        (answer,) = await admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topic, configs={name: None})]
        )
        entries = answer.resources[0][4]
        return str(next(entry[1] for entry in entries if entry[0] == name))


async def members(kafka: EmbeddedKafka, group: str) -> list[str]:
    """The members of a consumer group."""
    async with administering(kafka.client) as admin:
        (described,) = await admin.describe_consumer_groups([group])
        (found,) = described.to_object()["groups"]
        return [member["member_id"] for member in found["members"]]


async def committed(kafka: EmbeddedKafka, group: str, topic: str) -> dict[int, int]:
    """The offsets that a group has committed, by partition."""
    async with administering(kafka.client) as admin:
        found = await admin.list_consumer_group_offsets(group)
        return {
            place.partition: meta.offset for place, meta in found.items() if place.topic == topic
        }
