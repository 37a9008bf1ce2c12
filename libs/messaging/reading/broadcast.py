"""Consumers that read topics in every replica, without a group: from their end, for live views.

    router = BroadcastRouter("gateway")

    @router.subscriber(topics.APPLICATIONS)
    async def on_application_events(batch: Batch[ApplicationEvent]) -> None: ...

A live view that reconnects reads the current state from its service, so a missed event does no
harm; after a gap all views are told to reconnect. A topic that is short can be read from its start.
There are no offsets, no inbox and no dead letters; an unreadable record is only counted.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import IllegalStateError
from faststream import BaseMiddleware
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber
from faststream.message import StreamMessage
from typing_extensions import override

from libs.component import Component, ComponentHealth
from libs.contracts.events import Event
from libs.contracts.topics import Topic, topics_by_name
from libs.errors import Unreadable
from libs.messaging.envelope import decode
from libs.messaging.kafka.broker import GATHERING, QUIET, Broker
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.reconnecting import ReconnectingSubscriber
from libs.messaging.reading.router import TopicRouter, pattern_of
from libs.telemetry.metrics import Metrics

# Records gather for half a second: a live view shows them that much later.
_FROM_END = {**GATHERING, "auto_offset_reset": "latest"}

_POSITIONS_WITHIN_S = 0.2

Wanted = Callable[[Topic, bytes | None], bool]
Records = Sequence["ConsumerRecord[bytes, bytes]"]

log = structlog.get_logger()


def _everything(_: Topic, __: bytes | None) -> bool:
    return True


def _ignored() -> None:
    """The default for `on_gap`."""


class BroadcastRouter(TopicRouter):
    """FastStream's router, whose subscribers read topics of the map in every replica.

    A handler is called with the events of one poll, in order; it must not raise.
    """

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.broadcasts: list[tuple[Broadcast, BatchSubscriber]] = []

    @property
    def subscribed(self) -> list[Topic]:
        """The topics that are read."""
        return [topic for broadcast, _ in self.broadcasts for topic in broadcast.topics]

    @override
    def subscriber(  # type: ignore[override]
        self,
        *topics: Topic,
        wanted: Wanted = _everything,
        from_start: bool = False,
        on_gap: Callable[[], None] = _ignored,
    ) -> BatchSubscriber:
        """Decorate a handler that is called with events of these topics, read by one consumer.

        Args:
            topics: the topics.
            wanted: selects records by topic and key; others are not decoded.
            from_start: whether to read what the topics have, at the start and after each loss of
                the connection, instead of beginning at their end; and not to gather.
            on_gap: called when a consumer begins at the end, at the start and after a failure: what
                was written before was perhaps not read, and what is written from now on is.
        """
        options = QUIET if from_start else _FROM_END
        broadcast = Broadcast(topics, wanted, on_gap)
        subscriber: BatchSubscriber = super().subscriber(
            pattern=pattern_of(*topics),
            batch=True,
            title=" ".join(self.operation("read", topic) for topic in topics),
            parser=broadcast.parse,
            decoder=broadcast.decode,
            **options,
        )
        self.broadcasts.append((broadcast, subscriber))
        return subscriber


class Broadcast:
    """FastStream's parser and decoder for broadcast consumers."""

    metrics: Metrics

    def __init__(
        self, topics: Sequence[Topic], wanted: Wanted, on_gap: Callable[[], None] = _ignored
    ) -> None:
        self.topics = topics
        self.on_gap = on_gap
        self._wanted = wanted

    async def parse(self, records: Records) -> KafkaMessage:
        """FastStream's parser; returns the records unchanged."""
        return KafkaMessage(body=records, raw_message=tuple(records), consumer=FAKE_CONSUMER)

    async def decode(self, message: StreamMessage[Any]) -> Batch[Event]:
        """FastStream's decoder; returns the events of selected, readable records."""
        by_name = topics_by_name()
        events: list[Event] = []
        for record in message.raw_message:
            topic = by_name[record.topic]
            if not self._wanted(topic, record.key):
                continue
            try:
                events.append(decode(topic, record.topic, record.headers, record.value))
            except Unreadable as error:
                self.metrics.count(
                    "events_dead_lettered", topic=topic.name, reason=f"passed_over.{error.reason}"
                )
            else:
                self.metrics.count("events_handled", topic=topic.name)
        return Batch(events)


class BroadcastMiddleware(BaseMiddleware):
    """Logs exceptions of a handler, which FastStream would ignore."""

    @override
    async def consume_scope(self, call_next: Any, msg: StreamMessage[Any]) -> Any:
        try:
            return await call_next(msg)
        except Exception:  # house: broad-except -- the next events must be read
            log.exception("broadcast handler failed")


def make_broadcast_consumers(
    routers: Iterable[BroadcastRouter], *, broker: Broker, metrics: Metrics
) -> list[Component]:
    """Make a component per subscriber of a service's broadcast routers.

    Args:
        routers: the broadcast routers of the service; used by one run at a time.
        broker: the connection to Kafka.
        metrics: counts the records by result.
    """
    routers = list(routers)
    kafka = broker.for_routers(*routers, middleware=BroadcastMiddleware)
    made: list[Component] = []
    for router in routers:
        for broadcast, subscriber in router.broadcasts:
            broadcast.metrics = metrics
            made.append(BroadcastConsumer(broker, kafka, broadcast, subscriber))
    return made


class BroadcastConsumer:
    """Reads topics until the service stops."""

    def __init__(
        self, broker: Broker, kafka: KafkaBroker, broadcast: Broadcast, subscriber: BatchSubscriber
    ) -> None:
        self.name = f"broadcast {' '.join(topic.name for topic in broadcast.topics)}"
        names = [name for topic in broadcast.topics for name in topic.names()]
        self._broadcast = broadcast
        self._reconnecting = ReconnectingSubscriber(
            self.name, broker, kafka, subscriber, names, regularly=self._tell_of_gap
        )
        self._told_of: AIOKafkaConsumer | None = None

    def health(self) -> ComponentHealth:
        """Ready while all topics can be read."""
        return self._reconnecting.health()

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop` is set."""
        await self._reconnecting.run(stop)

    async def _tell_of_gap(self) -> None:
        """Tell of the gap before a new consumer, once it is known where that one begins."""
        consumer = self._reconnecting.consumer
        if consumer is None or consumer is self._told_of:
            return
        try:
            async with asyncio.timeout(_POSITIONS_WITHIN_S):
                for partition in consumer.assignment():
                    await consumer.position(partition)
        except (TimeoutError, IllegalStateError):
            return  # not known yet, or assigned anew: looked at again
        self._told_of = consumer
        self._broadcast.on_gap()
