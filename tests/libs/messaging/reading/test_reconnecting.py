"""Reconnecting subscribers on a real broker, after every known failure of a consumer."""

import asyncio
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError
from faststream.kafka import KafkaRouter
from faststream.message import StreamMessage
from typing_extensions import override

from libs.contracts import topics
from libs.ids import new_id
from libs.messaging.kafka.broker import CONSUMER, Broker
from libs.messaging.kafka.consumer import ResumingConsumer
from libs.messaging.reading.broadcast import Broadcast, BroadcastMiddleware
from libs.messaging.reading.reconnecting import ReconnectingSubscriber
from libs.messaging.reading.router import pattern_of
from tests.libs.database.running import frozen
from tests.libs.messaging.scenes import own_name, running, settings_for, submitted, write_events
from tests.operating import as_user, give, groups_of, reading
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka

TOPIC = topics.APPLICATIONS.name
OTHER = topics.NOTIFICATIONS.name


class Reader(ReconnectingSubscriber):
    """Stores the keys of the records that it reads.

    Args:
        user: the service; the beginning of the group's name.
        names: the topics.
        is_broadcast: whether it reads from the end, without a group.
    """

    def __init__(
        self, kafka: EmbeddedKafka, user: str, *read: topics.Topic, is_broadcast: bool = False
    ) -> None:
        broker = Broker(user, as_user(kafka, user), topics_looked_up_every_s=0.5)
        router = KafkaRouter()
        self.name = "reader"
        self.group = None if is_broadcast else f"{user}.reader"
        self.keys: set[bytes | None] = set()
        options = dict(CONSUMER)
        if is_broadcast:
            options["auto_offset_reset"] = "latest"
        subscriber = router.subscriber(
            pattern=pattern_of(*read),
            batch=True,
            group_id=self.group,
            parser=Broadcast(read, wanted=lambda *_: True).parse,
            decoder=self._keep,
            **options,
        )

        subscriber(_ignore)
        broker_of_router = broker.for_routers(router, middleware=BroadcastMiddleware)
        names = [name for topic in read for name in topic.names()]
        super().__init__(self.name, broker, broker_of_router, subscriber, names)

    async def _keep(self, message: StreamMessage[Any]) -> None:
        self.keys |= {each.key for each in message.raw_message}

    @property
    def detail(self) -> str:
        return self.health().detail


async def _ignore(_: object) -> None:
    """The keys are kept by the decoder."""


async def write_one(kafka: EmbeddedKafka) -> bytes:
    """Write an event of an application of its own; return its key."""
    ours = new_id()
    await write_events(kafka, submitted(ours))
    return str(ours).encode()


async def test_a_topic_that_may_not_be_read_is_named_and_read_once_it_may(
    kafka: EmbeddedKafka,
) -> None:
    """Without a right the subscriber is not ready; with it, it reads earlier records too."""
    user = own_name()
    await give(kafka, user, groups_of(user))
    key, part = await write_one(kafka), Reader(kafka, user, topics.APPLICATIONS)
    async with running(part):
        await until(lambda: part.detail == f"not open: {TOPIC}")
        assert not part.health().ready
        assert part.health().live
        await give(kafka, user, groups_of(user), reading(TOPIC))
        await until(lambda: key in part.keys)
        await until(lambda: part.health().ready)


async def test_a_closed_topic_does_not_affect_others(kafka: EmbeddedKafka) -> None:
    """A missing right for one ministry's topic does not affect the others."""
    user = own_name()
    await give(kafka, user, groups_of(user), reading(TOPIC))
    key, part = (
        await write_one(kafka),
        Reader(kafka, user, topics.APPLICATIONS, topics.NOTIFICATIONS),
    )
    async with running(part):
        await until(lambda: key in part.keys)
        await until(lambda: part.detail == f"not open: {OTHER}")


@pytest.mark.parametrize("taken", ["topic", "group"])
async def test_a_right_that_is_taken_away_and_given_back_loses_nothing(
    kafka: EmbeddedKafka, taken: str
) -> None:
    """What was written meanwhile is heard afterwards, without a restart.

    Of a group too, where the refused heartbeats end a consumer for good and the next one reads on.
    """
    user = own_name()
    rights = {"topic": reading(TOPIC), "group": groups_of(user)}
    await give(kafka, user, *rights.values())
    before, part = await write_one(kafka), Reader(kafka, user, topics.APPLICATIONS)
    closed = {"topic": TOPIC, "group": part.group}[taken]
    async with running(part):
        await until(lambda: before in part.keys)
        await give(kafka, user, *(right for of, right in rights.items() if of != taken))
        await until(lambda: part.detail == f"not open: {closed}")
        meanwhile = await write_one(kafka)
        await give(kafka, user, *rights.values())
        await until(lambda: meanwhile in part.keys)
        await until(lambda: part.health().ready)


async def test_a_topic_that_is_opened_after_a_member_came_back_is_read(
    kafka: EmbeddedKafka,
) -> None:
    """A static member that came back finds topics that open later."""
    user = own_name()
    await give(kafka, user, groups_of(user), reading(OTHER))
    key, part = (
        await write_one(kafka),
        Reader(kafka, user, topics.NOTIFICATIONS, topics.APPLICATIONS),
    )
    async with running(part):
        await until(lambda: part.detail == f"not open: {TOPIC}")
        assert part.consumer is not None
        await part.consumer.stop()  # falls silent and does not leave, as if killed
        await until(lambda: "not open" not in part.detail)
        await until(lambda: part.detail == f"not open: {TOPIC}")
        await give(kafka, user, groups_of(user), reading(OTHER), reading(TOPIC))
        await until(lambda: key in part.keys)


class Nonsense(RoundRobinPartitionAssignor):  # type: ignore[misc]
    """A member with unreadable metadata."""

    @classmethod
    @override
    def metadata(cls, topics: object) -> bytes:
        return b""


def _stranger(kafka: EmbeddedKafka, user: str, group: str | None) -> AIOKafkaConsumer:
    stranger = AIOKafkaConsumer(
        **Broker(user, as_user(kafka, user)).client,
        group_id=group,
        partition_assignment_strategy=[Nonsense],
    )
    stranger.subscribe([TOPIC])
    return stranger


async def test_a_reader_whose_coordination_ended_unexpectedly_reads_on(
    kafka: EmbeddedKafka,
) -> None:
    """After an unexpected end of aiokafka's coordination, reading continues."""
    user = own_name()
    await give(kafka, user, groups_of(user), reading(TOPIC))
    before, part = await write_one(kafka), Reader(kafka, user, topics.APPLICATIONS)
    async with running(part):
        await until(lambda: before in part.keys)
        consumer = part.consumer
        stranger = _stranger(kafka, user, part.group)
        async with asyncio.TaskGroup() as tasks:
            joining = tasks.create_task(stranger.start())
            await until(lambda: not part.health().ready)
            joining.cancel()
        await stranger.stop()
        meanwhile = await write_one(kafka)
        await until(lambda: meanwhile in part.keys)
        await until(lambda: part.health().ready)
        assert part.consumer is not consumer


async def test_a_live_view_sees_what_comes_once_it_may(kafka: EmbeddedKafka) -> None:
    """A broadcast consumer names a closed topic and recovers too."""
    user = own_name()
    await give(kafka, user)
    part = Reader(kafka, user, topics.APPLICATIONS, is_broadcast=True)
    async with running(part):
        await until(lambda: part.detail == f"not open: {TOPIC}")
        await give(kafka, user, reading(TOPIC))
        await until(lambda: part.health().ready)
        key = await write_one(kafka)
        await until(lambda: key in part.keys)


class Endless:
    """A subscriber whose first consumer neither starts nor stops."""

    group_id = None
    consumer = None

    def __init__(self) -> None:
        self.starts = 0
        self.tasks: list[asyncio.Future[None]] = [asyncio.get_running_loop().create_future()]

    async def start(self) -> None:
        self.starts += 1
        await self._never_the_first()

    async def stop(self) -> None:
        await self._never_the_first()

    async def _never_the_first(self) -> None:
        if self.starts == 1:
            await asyncio.Event().wait()


async def test_a_consumer_that_neither_starts_nor_stops_is_replaced(kafka: EmbeddedKafka) -> None:
    """aiokafka may wait for itself; the next consumer reads."""
    subscriber = Endless()
    await _until_the_second_reads(kafka, subscriber)
    assert subscriber.starts == 2


async def _until_the_second_reads(kafka: EmbeddedKafka, subscriber: Endless) -> None:
    broker = Broker(own_name(), settings_for(kafka))
    unused = broker.for_routers(KafkaRouter(), middleware=BroadcastMiddleware)
    part = ReconnectingSubscriber(
        "reader", broker, unused, cast("Any", subscriber), [], ends_within_s=0.05
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(part.run(stop))
        await until(lambda: part.health().ready or reading.done())
        stop.set()


class SelfCancelled(Endless):
    """A subscriber whose first consumer raises CancelledError by itself when it stops."""

    @override
    async def start(self) -> None:
        self.starts += 1
        if self.starts == 1:
            raise KafkaConnectionError

    @override
    async def stop(self) -> None:
        if self.starts == 1:
            raise asyncio.CancelledError


async def test_a_stop_that_is_cancelled_by_itself_does_not_end_the_reading(
    kafka: EmbeddedKafka,
) -> None:
    """aiokafka's stop is, when a fetch has just failed; the next consumer reads."""
    subscriber = SelfCancelled()
    await _until_the_second_reads(kafka, subscriber)
    assert subscriber.starts == 2


async def test_a_stop_in_an_outage_leaves_nothing_open(kafka: EmbeddedKafka) -> None:
    """A fetch that has just failed breaks aiokafka's own stop off."""
    before = asyncio.all_tasks()
    reader = ResumingConsumer(TOPIC, retry_backoff_ms=5_000, **kafka.client)
    await reader.start()
    await until(lambda: all(map(reader.last_poll_timestamp, reader.assignment())))
    kafka.kill()
    try:
        await reader.getmany()  # half a second, in which a fetch fails and begins its pause
        await reader.stop()
    finally:
        await kafka.start()
    await until(lambda: asyncio.all_tasks() <= before)


async def test_a_consumer_that_is_not_answered_cannot_read_any_more(
    kafka: EmbeddedKafka,
) -> None:
    """A partition that is polled and gets no answer to a fetch is found."""
    reader = ResumingConsumer(TOPIC, answer_within_s=0.2, **kafka.client)
    await reader.start()
    try:
        async with asyncio.TaskGroup() as tasks:
            polling = tasks.create_task(reader.getmany(timeout_ms=60_000))
            await until(lambda: all(map(reader.last_poll_timestamp, reader.assignment())))
            reader.check()
            with frozen(kafka.pid):
                await until(lambda: _failed(reader) == "a partition is not fetched")
            await until(lambda: not _failed(reader))
            polling.cancel()
        reader.check()
    finally:
        await reader.stop()


async def test_a_poll_that_does_not_end_is_found(kafka: EmbeddedKafka) -> None:
    """A consumer can wait for its group without an error; it reads nothing meanwhile."""
    reader = ResumingConsumer(TOPIC, poll_within_s=0.1, **kafka.client)
    await reader.start()
    try:
        async with asyncio.TaskGroup() as tasks:
            polling = tasks.create_task(reader.getmany(timeout_ms=60_000))
            await until(lambda: _failed(reader) == "a poll does not end")
            polling.cancel()
        reader.check()
    finally:
        await reader.stop()


def _failed(reader: ResumingConsumer) -> str:
    try:
        reader.check()
    except KafkaTimeoutError as failure:
        return str(failure.args[0])
    return ""
