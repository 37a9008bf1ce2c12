"""Reading that outlasts its consumers: one that fails, or has ended, is made anew.

The client library's consumer does not survive all that may befall it. Its coordination with the
group ends for good on an error that it did not expect, heartbeats that were refused once are never
taken up again, and what it may not read it leaves out without a word. No service needs a restart
for any of that.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from faststream.kafka import KafkaBroker

from libs.backoff import Backoff
from libs.component import ComponentHealth, pause
from libs.messaging.broker import Broker, Subscription
from libs.messaging.offsets import COMMIT_EVERY_S

log = structlog.get_logger()


async def _nothing() -> None:
    """Most readers have nothing to do meanwhile."""


class LastingSubscription:
    """What one part reads, by one consumer after another.

    Args:
        part: the part's name, for the log.
        broker: the way to Kafka.
        subscribe: makes the subscription on a broker that is not yet started.
        meanwhile: is awaited twice a second, and a last time before the end.
    """

    def __init__(
        self,
        part: str,
        broker: Broker,
        subscribe: Callable[[KafkaBroker], Subscription],
        *,
        meanwhile: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        self._part = part
        self._broker = broker
        self._subscribe = subscribe
        self._meanwhile = meanwhile
        self._subscription: Subscription | None = None
        self._backoff = Backoff()
        self._health = ComponentHealth(ready=False, detail="starting")

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """The consumer of now, to commit with; None while there is none."""
        return self._subscription.consumer if self._subscription else None

    def health(self) -> ComponentHealth:
        """Ready while all topics can be read; the detail names one that is not open."""
        return self._health

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop` is set; what is in hand then is finished."""
        while not stop.is_set():
            try:
                await self._read(stop)
            except (KafkaError, OSError) as failure:
                self._note(failure)
                await pause(stop, self._backoff.next_s())
        self._health = ComponentHealth(ready=False, detail="stopped")

    async def _read(self, stop: asyncio.Event) -> None:
        faststream = self._broker.faststream()
        subscription = self._subscribe(faststream)
        self._subscription = subscription  # the first batch may come before `start` returns
        try:
            await faststream.start()
            await self._watch(subscription, stop)
        finally:
            await faststream.stop()
            self._subscription = None

    async def _watch(self, subscription: Subscription, stop: asyncio.Event) -> None:
        """See twice a second whether records still come.

        Raises:
            KafkaError: the consumer is of no more use.
        """
        self._health = ComponentHealth()
        while not await pause(stop, COMMIT_EVERY_S):
            subscription.check()
            self._backoff = Backoff()
            self._note_closed(subscription.closed())
            await self._meanwhile()
        await self._meanwhile()

    def _note_closed(self, topic: str) -> None:
        health = _not_open(topic) if topic else ComponentHealth()
        if topic and health != self._health:
            log.error("topic is not open", part=self._part, topic=topic, reason="not ours to read")
        self._health = health

    def _note(self, failure: Exception) -> None:
        kind = type(failure).__name__
        match failure:
            case TopicAuthorizationFailedError() | GroupAuthorizationFailedError():
                self._health = _not_open(str(failure.args[0]))
            case KafkaConnectionError() | OSError():
                self._health = ComponentHealth(ready=False, detail="the broker does not answer")
            case _:
                self._health = ComponentHealth(ready=False, detail=f"cannot read: {kind}")
        log.warning("reads anew", part=self._part, failure=kind, detail=self._health.detail)


def _not_open(name: str) -> ComponentHealth:
    return ComponentHealth(ready=False, detail=f"not open: {name}")
