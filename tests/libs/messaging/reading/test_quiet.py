"""The quiet topics of a service in one consumer, each handled by its own handler."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from aiokafka import TopicPartition

from libs.component import ComponentHealth
from libs.contracts import topics
from libs.contracts.events import Event
from libs.contracts.identity import CitizenErased, MandateEnded
from libs.contracts.topics import topic_of
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging.kafka.broker import Broker
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.batch_transaction import Handler
from libs.messaging.reading.consumers import TopicConsumer, make_consumers
from libs.messaging.reading.holds import Hold
from libs.messaging.reading.quiet import TransactionsByTopic
from libs.messaging.reading.received_record import ReceivedRecord
from libs.messaging.reading.router import Router, Tx
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from tests.conftest import DatabaseFor
from tests.libs.messaging.scenes import (
    RecordingHandler,
    members,
    own_name,
    raw,
    router_with,
    running,
    settings_for,
    submitted,
    withdrawn,
    write_events,
)
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka


def erased() -> CitizenErased:
    """An event of one quiet topic."""
    return CitizenErased(citizen_id=new_id())


def ended() -> MandateEnded:
    """An event of another."""
    return MandateEnded(mandate_id=new_id(), reason="revoked")


def heard(handler: RecordingHandler, wanted: Sequence[Event]) -> bool:
    """Whether a handler has handled these events."""
    return all(event in handler.heard for event in wanted)


def consumers(
    database: Database, kafka: EmbeddedKafka, *routers: Router, name: str
) -> list[TopicConsumer]:
    """What a service with these routers runs."""
    made = make_consumers(
        routers,
        broker=Broker(name, settings_for(kafka)),
        database=database,
        tracing=Tracing("applications"),
        metrics=Metrics("applications"),
    )
    return [topic_consumer for topic_consumer in made if isinstance(topic_consumer, TopicConsumer)]


async def test_quiet_topics_share_a_group_and_each_has_its_handler(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Handlers of two capabilities; a topic that is not quiet has a consumer of its own."""
    name, database = own_name(), await database_for("applications")
    of_erasures, of_mandates, of_others = (RecordingHandler() for _ in range(3))
    routers = [
        router_with(of_erasures, name=name, topic=topics.ERASURES),
        router_with(of_mandates, name=name, topic=topics.MANDATES_ENDED),
        router_with(of_others, name=name),
    ]
    written: Sequence[Event] = [erased(), ended(), submitted(), erased()]
    made = consumers(database, kafka, *routers, name=name)
    assert {topic_consumer.group for topic_consumer in made} == {
        f"{name}.quiet",
        f"{name}.applications.v1",
    }
    async with running(*made):
        await write_events(kafka, *written)
        for handler, wanted in (
            (of_erasures, [written[0], written[3]]),
            (of_mandates, [written[1]]),
            (of_others, [written[2]]),
        ):
            await until(partial(heard, handler, wanted))
        assert len(await members(kafka, f"{name}.quiet")) == 1
    assert {type(event) for event in of_erasures.heard} == {CitizenErased}
    assert {type(event) for event in of_mandates.heard} == {MandateEnded}


async def test_what_handlers_return_is_in_the_outbox_once(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """As for a topic with a consumer of its own."""
    name, database, ours = own_name(), await database_for("applications"), erased()
    router, handled = Router(name), RecordingHandler()

    @router.publisher(topics.APPLICATIONS)
    @router.subscriber(topics.ERASURES)
    async def on_erasures(batch: Batch[Any], tx: Tx) -> Sequence[Event]:
        await handled(batch, tx)
        return [withdrawn(event.citizen_id) for event in batch.events]

    async def rows() -> int:
        async with database.transaction() as tx:
            key = str(ours.citizen_id).encode()
            return int(await tx.fetchval("SELECT count(*) FROM outbox WHERE record_key = $1", key))

    await write_events(kafka, ours)
    for _ in range(2):
        after = erased()
        async with running(*consumers(database, kafka, router, name=name)):
            await write_events(kafka, after)
            await until(partial(heard, handled, [after]))
    assert await rows() == 1


async def test_a_topic_whose_records_fail_keeps_no_other_waiting(
    kafka: EmbeddedKafka, database_for: DatabaseFor
) -> None:
    """Its partition is held, and its records become dead letters; the others are handled."""
    name, database, poison, ours = own_name(), await database_for("applications"), erased(), ended()
    failing = RecordingHandler(
        fails_on=lambda event: LookupError("defect") if event == poison else None
    )
    others = RecordingHandler()
    routers = [
        router_with(failing, name=name, topic=topics.ERASURES),
        router_with(others, name=name, topic=topics.MANDATES_ENDED),
    ]

    async def letters() -> list[tuple[str, str]]:
        async with database.transaction() as tx:
            key = str(poison.citizen_id).encode()
            sql = "SELECT topic, reason FROM dead_letters WHERE record_key = $1"
            return [(row["topic"], row["reason"]) for row in await tx.fetch(sql, key)]

    await write_events(kafka, poison, ours)
    async with running(*consumers(database, kafka, *routers, name=name)):
        await until(lambda: ours in others.heard)
        assert await until(letters) == [(topics.ERASURES.name, "defect.LookupError")]


class Reporting:
    """The transactions of one topic, with a health of the test's choice."""

    def __init__(self, *, ready: bool = True, detail: str = "") -> None:
        self.changes = 0
        self.handled: list[tuple[int, Handler]] = []
        self._health = ComponentHealth(ready=ready, detail=detail)

    async def handle(
        self, received: Sequence[ReceivedRecord], handler: Handler
    ) -> Mapping[TopicPartition, Hold]:
        self.handled += [(record.raw.offset, handler) for record in received]
        return {received[-1].place: Hold(received[-1].raw.offset, 1.0)}

    def partitions_changed(self) -> None:
        self.changes += 1

    def health(self) -> ComponentHealth:
        return self._health


async def test_each_topic_has_transactions_of_its_own() -> None:
    """A batch is handled topic by topic, in order; partitions of both may be held."""
    erasures, mandates = Reporting(), Reporting()
    two = TransactionsByTopic({topics.ERASURES: erasures, topics.MANDATES_ENDED: mandates})
    received = [
        ReceivedRecord(topic_of(event), raw(event, offset))
        for offset, event in enumerate([erased(), ended(), erased()])
    ]
    handler = RecordingHandler()
    assert await two.handle(received, handler) == {
        TopicPartition(topics.ERASURES.name, 0): Hold(2, 1.0),
        TopicPartition(topics.MANDATES_ENDED.name, 0): Hold(1, 1.0),
    }
    assert erasures.handled == [(0, handler), (2, handler)]
    assert mandates.handled == [(1, handler)]


def test_the_health_tells_of_every_topic_and_each_learns_of_moved_partitions() -> None:
    """Not ready where one is not."""
    works, held = Reporting(), Reporting(detail="held: mandates.v1")
    fails = Reporting(ready=False, detail="the handler fails on everything")
    two = TransactionsByTopic({topics.ERASURES: works, topics.MANDATES_ENDED: held})
    assert two.health() == ComponentHealth(detail="held: mandates.v1")
    three = TransactionsByTopic({topics.CENTRES: fails, topics.MANDATES_ENDED: held})
    assert three.health() == ComponentHealth(
        ready=False, detail="the handler fails on everything; held: mandates.v1"
    )
    two.partitions_changed()
    assert (works.changes, held.changes) == (1, 1)
