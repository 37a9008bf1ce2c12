import asyncio
from functools import partial
from typing import Any
from uuid import UUID

from libs.component import Component
from libs.contracts import topics
from libs.contracts.events import Event
from libs.ids import new_id
from libs.messaging.envelope import Record
from libs.messaging.kafka.broker import Broker
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.broadcast import BroadcastRouter, make_broadcast_consumers
from libs.telemetry.metrics import Metrics
from tests.libs.messaging.scenes import (
    own_name,
    running,
    settings_for,
    submitted,
    withdrawn,
    write,
    write_events,
)
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka


async def test_two_replicas_both_see_what_is_new_and_neither_what_was_before(
    kafka: EmbeddedKafka,
) -> None:
    """Every replica reads new events, and none of the earlier ones."""
    seen: list[list[Event]] = [[], []]
    before, after = new_id(), new_id()
    await write_events(kafka, submitted(before))

    consumers = [broadcast_into(each, kafka, Metrics("gateway")) for each in seen]

    async def both_have_it() -> bool:
        await write_events(kafka, submitted(after))
        return all(ids(each) & {after} for each in seen)

    async with running(*consumers):
        await until(lambda: all(consumer.health().ready for consumer in consumers))
        await until(both_have_it)
    assert not any(ids(each) & {before} for each in seen)


async def test_what_is_written_after_a_gap_was_told_is_read(kafka: EmbeddedKafka) -> None:
    """Each consumer that begins at the end tells of it, when it is known where that is."""
    heard: list[Event] = []
    told = asyncio.Event()
    consumer = broadcast_into(heard, kafka, Metrics("gateway"), on_gap=told.set)
    for after in (new_id(), new_id()):
        told.clear()
        async with running(consumer):
            await until(told.is_set)
            await write_events(kafka, submitted(after))
            await until(partial(has_heard, heard, after))


async def test_a_topic_can_be_read_from_its_start(kafka: EmbeddedKafka) -> None:
    """A replica that starts later reads what came before it."""
    before, heard = new_id(), list[Event]()
    await write_events(kafka, submitted(before))
    consumer = broadcast_into(heard, kafka, Metrics("gateway"), from_start=True)
    async with running(consumer):
        await until(lambda: bool(ids(heard) & {before}))


def broadcast_into(
    heard: list[Event], kafka: EmbeddedKafka, metrics: Metrics, **options: Any
) -> Component:
    """A broadcast consumer of the applications' topic that puts what it reads into a list."""
    router = BroadcastRouter(own_name())

    @router.subscriber(topics.APPLICATIONS, **options)
    async def on_application_events(batch: Batch[Any]) -> None:
        heard.extend(batch.events)
        if any(event.type == "application_withdrawn" for event in batch.events):
            raise LookupError("a defect")

    broker = Broker(router.service, settings_for(kafka))
    (made,) = make_broadcast_consumers([router], broker=broker, metrics=metrics)
    return made


def has_heard(heard: list[Event], application_id: UUID) -> bool:
    return application_id in ids(heard)


def ids(events: list[Event]) -> set[object]:
    return {getattr(event, "application_id", None) for event in events}


async def test_what_is_not_wanted_is_not_decoded(kafka: EmbeddedKafka) -> None:
    """Records are selected by topic and key before they are decoded."""
    heard: list[Event] = []
    wanted, other = new_id(), new_id()
    metrics = Metrics("gateway")
    consumer = broadcast_into(
        heard,
        kafka,
        metrics,
        wanted=lambda topic, key: topic is topics.APPLICATIONS and key == str(wanted).encode(),
    )

    async def comes_through() -> bool:
        await write(kafka, Record(topics.APPLICATIONS.name, b"k", b"{", ()))
        await write_events(kafka, submitted(other), submitted(wanted))
        return len(heard) > 1

    async with running(consumer):
        await until(lambda: consumer.health().ready)
        await until(comes_through)
    assert ids(heard) == {wanted}
    assert b"passed_over" not in metrics.render()


async def test_what_cannot_be_read_is_passed_over(kafka: EmbeddedKafka) -> None:
    """An unreadable record is counted, and the next one is read."""
    heard: list[Event] = []
    metrics = Metrics("gateway")
    consumer = broadcast_into(heard, kafka, metrics)

    async def comes_through() -> bool:
        await write(kafka, Record(topics.APPLICATIONS.name, b"k", b"{", ()))
        await write_events(kafka, submitted())
        return bool(heard)

    async with running(consumer):
        await until(lambda: consumer.health().ready)
        await until(comes_through)
        await until(lambda: b"passed_over.header_missing" in metrics.render())


async def test_a_handler_that_raises_does_not_end_the_view(kafka: EmbeddedKafka) -> None:
    """After an exception of the handler, later events are handled."""
    heard: list[Event] = []
    consumer, after = broadcast_into(heard, kafka, Metrics("gateway")), new_id()

    async def is_shown() -> bool:
        await write_events(kafka, withdrawn())
        await write_events(kafka, submitted(after))
        return after in ids(heard) and "application_withdrawn" in {event.type for event in heard}

    async with running(consumer):
        await until(lambda: consumer.health().ready)
        await until(is_shown)
