"""Reads topics from their end, in every replica, without a group: for live views and caches.

Nothing depends on it: what is missed while the process is away is read from the owner again. So
there are no offsets, no inbox and no dead letters; what cannot be read is counted and passed over.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from faststream.kafka import KafkaBroker

from libs.component import ComponentHealth
from libs.contracts.events import Event
from libs.contracts.topics import Topic, topics_by_name
from libs.errors import Unreadable
from libs.messaging.broker import Broker, Records, Subscription
from libs.messaging.envelope import decode
from libs.messaging.lasting import LastingSubscription
from libs.telemetry.metrics import Metrics

_GATHER_MS = 200  # a live view that is so much later is as live to a person

OnEvent = Callable[[Event], Awaitable[None]]
Wanted = Callable[[Topic, bytes | None], bool]


def _everything(_: Topic, __: bytes | None) -> bool:
    return True


class Tail:
    """Hands every event of some topics to their functions as they are written.

    Args:
        handlers: function by topic; is given one event at a time and must not raise.
        broker: the way to Kafka.
        metrics: counts what was read.
        wanted: says by topic and key which records are of interest; others are not even decoded.
    """

    def __init__(
        self,
        handlers: Mapping[Topic, OnEvent],
        *,
        broker: Broker,
        metrics: Metrics,
        wanted: Wanted = _everything,
    ) -> None:
        self.name = "tail"
        self._handlers = handlers
        self._broker = broker
        self._metrics = metrics
        self._wanted = wanted
        self._reading = LastingSubscription(self.name, broker, self._subscribe)

    def health(self) -> ComponentHealth:
        """Ready while all topics can be read."""
        return self._reading.health()

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop` is set."""
        await self._reading.run(stop)

    def _subscribe(self, faststream: KafkaBroker) -> Subscription:
        names = [name for topic in self._handlers for name in topic.names()]
        return self._broker.subscribe(
            faststream, names, self._on_records, group=None, gather_ms=_GATHER_MS
        )

    async def _on_records(self, records: Records) -> None:
        by_name = topics_by_name()
        for record in records:
            topic = by_name[record.topic]
            if not self._wanted(topic, record.key):
                continue
            try:
                event = decode(topic, record.topic, record.headers, record.value)
            except Unreadable as why:
                self._metrics.count(
                    "events_dead_lettered", topic=topic.name, reason=f"passed_over.{why.reason}"
                )
                continue
            await self._handlers[topic](event)
            self._metrics.count("events_handled", topic=topic.name)
