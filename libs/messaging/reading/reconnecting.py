"""A subscriber that replaces its consumer after a failure, until the service stops.

aiokafka's consumer does not survive some failures. An unexpected error ends its coordination with
the group, it stops heartbeats after one was refused, and it omits topics that may not be read
without an error. A new consumer recovers without a restart of the service.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import LogicSubscriber

from libs.backoff import Backoff
from libs.component import ComponentHealth, pause
from libs.errors import Unavailable
from libs.messaging.kafka.broker import Broker
from libs.messaging.kafka.cancellation import failing_if_unasked
from libs.messaging.kafka.consumer import ResumingConsumer
from libs.messaging.reading.offsets import COMMIT_EVERY_S

# A start ends with the first partitions, for which a rebalance may wait; a stop ends the batch.
_ENDS_WITHIN_S = 90.0

log = structlog.get_logger()


async def _nothing() -> None:
    """The default for `before` and `regularly`."""


class ReconnectingSubscriber:
    """Restarts FastStream's subscriber with a new consumer when needed.

    Args:
        name: the component's name, for the log.
        broker: our settings.
        kafka: FastStream's broker with the subscriber.
        subscriber: FastStream's.
        names: the topics to read that must be there.
        before: awaited before each start; where it fails, nothing is read.
        regularly: awaited twice a second, and once before the end.
        ends_within_s: seconds that the start or the stop of a consumer may take.
    """

    def __init__(  # noqa: PLR0913
        self,
        name: str,
        broker: Broker,
        kafka: KafkaBroker,
        subscriber: "LogicSubscriber[Any]",
        names: Collection[str],
        *,
        before: Callable[[], Awaitable[None]] = _nothing,
        regularly: Callable[[], Awaitable[None]] = _nothing,
        ends_within_s: float = _ENDS_WITHIN_S,
    ) -> None:
        self._name = name
        self._broker = broker
        self._kafka = kafka
        self._subscriber = subscriber
        self._names = names
        self._before = before
        self._regularly = regularly
        self._ends_within_s = ends_within_s
        self._backoff = Backoff()
        self._health = ComponentHealth(ready=False, detail="starting")

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """The current consumer, or None."""
        return self._subscriber.consumer

    def health(self) -> ComponentHealth:
        """Ready while all topics can be read; the detail names a topic that cannot."""
        return self._health

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop` is set, then finish the current batch and leave the group."""
        while not stop.is_set():
            try:
                with failing_if_unasked():
                    await self._read(stop)
            except (KafkaError, OSError, Unavailable) as failure:
                self._note(failure)
                await pause(stop, self._backoff.next_s())
        self._health = ComponentHealth(ready=False, detail="stopped")

    async def _read(self, stop: asyncio.Event) -> None:
        await self._before()
        await self._broker.connect(self._kafka)
        try:
            async with asyncio.timeout(self._ends_within_s):
                await self._subscriber.start()
            await self._watch(stop)
        finally:
            await self._stop()
        if self._subscriber.group_id is not None:
            await self._broker.leave(self._subscriber.group_id)

    async def _stop(self) -> None:
        """Stop the consumer; one that does not end must not keep the next from its beginning."""
        try:
            async with asyncio.timeout(self._ends_within_s):
                await self._subscriber.stop()
        except TimeoutError:
            log.error("consumer does not end", component=self._name)  # noqa: TRY400 -- it says all

    async def _watch(self, stop: asyncio.Event) -> None:
        """Check twice a second that records can be read.

        Raises:
            KafkaError: this consumer cannot read any more.
        """
        self._health = ComponentHealth()
        while not await pause(stop, COMMIT_EVERY_S):
            if all(task.done() for task in self._subscriber.tasks):
                raise KafkaError("the consuming loop has ended")
            if isinstance(self.consumer, ResumingConsumer):
                self.consumer.check()
                self._note_closed(self._closed_topic(self.consumer))
            self._backoff = Backoff()
            await self._regularly()
        await self._regularly()

    def _closed_topic(self, consumer: AIOKafkaConsumer) -> str:
        """A topic that does not exist or may not be read, or an empty string."""
        return min(
            (name for name in self._names if not consumer.partitions_for_topic(name)), default=""
        )

    def _note_closed(self, topic: str) -> None:
        health = _not_open(topic) if topic else ComponentHealth()
        if topic and health != self._health:
            log.error(
                "topic is not open", component=self._name, topic=topic, reason="not ours to read"
            )
        self._health = health

    def _note(self, failure: Exception) -> None:
        kind = type(failure).__name__
        match failure:
            case TopicAuthorizationFailedError() | GroupAuthorizationFailedError():
                self._health = _not_open(str(failure.args[0]))
            case Unavailable():
                self._health = ComponentHealth(ready=False, detail=str(failure))
            case KafkaConnectionError() | OSError():
                self._health = ComponentHealth(ready=False, detail="the broker does not answer")
            case _:
                self._health = ComponentHealth(ready=False, detail=f"cannot read: {kind}")
        log.warning(
            "consumer replaced", component=self._name, failure=kind, detail=self._health.detail
        )


def _not_open(name: str) -> ComponentHealth:
    return ComponentHealth(ready=False, detail=f"not open: {name}")
