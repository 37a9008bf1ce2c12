"""Reads topics from their end, in every replica, without a group: for live views and caches.

Nothing depends on it: what is missed while the process is away is read from the owner again. So
there are no offsets, no inbox and no dead letters; what cannot be read is counted and passed over.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiokafka.errors import KafkaError

from libs.contracts.events import Event
from libs.contracts.topics import Topic, topics_by_name
from libs.errors import Unreadable
from libs.messaging.broker import Broker, Records, Subscription
from libs.messaging.envelope import decode
from libs.messaging.retry import Backoff
from libs.part import PartHealth, pause
from libs.telemetry.metrics import Metrics

_GATHER_MS = 50  # a live view that is so much later is as live to a person

OnEvent = Callable[[Event], Awaitable[None]]

log = structlog.get_logger()


class Tail:
    """Hands every event of some topics to their functions as they are written.

    Args:
        handlers: function by topic; is given one event at a time and must not raise.
        broker: the way to Kafka.
        metrics: counts what was read.
    """

    def __init__(
        self, handlers: Mapping[Topic, OnEvent], *, broker: Broker, metrics: Metrics
    ) -> None:
        self.name = "tail"
        self._handlers = handlers
        self._broker = broker
        self._metrics = metrics
        self._subscription: Subscription | None = None
        self._health = PartHealth(ready=False, detail="starting")

    def health(self) -> PartHealth:
        """Live while the fetching loop runs."""
        if self._subscription is not None and not self._subscription.runs():
            return PartHealth(live=False, ready=False, detail="the fetching loop has ended")
        return self._health

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop` is set."""
        backoff = Backoff(first_s=0.2, most_s=5.0)
        while not stop.is_set():
            faststream = self._broker.faststream()
            names = [name for topic in self._handlers for name in topic.names()]
            subscription = self._broker.subscribe(
                faststream, names, self._on_records, group=None, gather_ms=_GATHER_MS
            )
            try:
                await faststream.start()
            except (KafkaError, OSError) as failure:
                log.warning("broker unavailable", part=self.name, failure=type(failure).__name__)
                await faststream.stop()
                await pause(stop, backoff.next_s())
                continue
            self._subscription = subscription
            self._health = PartHealth()
            await stop.wait()
            self._subscription = None
            await faststream.stop()

    async def _on_records(self, records: Records) -> None:
        by_name = topics_by_name()
        for record in records:
            topic = by_name[record.topic]
            try:
                event = decode(topic, record.topic, record.headers, record.value)
            except Unreadable as why:
                self._metrics.count(
                    "events_dead_lettered", topic=topic.name, reason=f"passed_over.{why.reason}"
                )
                continue
            await self._handlers[topic](event)
            self._metrics.count("events_handled", topic=topic.name)
