"""Calls the handlers of a router in a test's own transaction, over FastStream's test broker.

async with consuming(router, tx) as consume:
published = await consume(event, other_event)
"""

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiokafka import ConsumerRecord, TopicPartition
from faststream.kafka import KafkaBroker, TestKafkaBroker

from libs.component import ComponentHealth
from libs.contracts.events import Event
from libs.contracts.topics import Topic, topic_of
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.envelope import encode
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.batch_transaction import Handler
from libs.messaging.reading.holds import Hold
from libs.messaging.reading.middleware import BatchMiddleware
from libs.messaging.reading.received_record import ReceivedRecord
from libs.messaging.reading.router import Router

WRITTEN_AT = datetime(2026, 11, 25, 10, 0, 1, tzinfo=UTC)
"""When the records of events were written."""


class Consume:
    """Calls the router's handlers with events, as one batch per topic."""

    def __init__(self, router: Router, tx: Transaction) -> None:
        self.refused: list[tuple[Event, Refused]] = []
        self._router = router
        self._tx = tx
        self._offsets = itertools.count()

    async def __call__(self, *events: Event) -> list[Event]:
        """Return the events that the handlers returned, which are now in the outbox.

        Raises:
            Exception: the exception of a handler; nothing is retried, and no dead letter is
                written.
        """
        published: list[Event] = []
        for topic in dict.fromkeys(map(topic_of, events)):
            of_topic = [event for event in events if topic_of(event) is topic]
            published += await self._consume(topic, of_topic)
        return published

    async def _consume(self, topic: Topic, events: Sequence[Event]) -> list[Event]:
        subscription, subscriber = self._router.subscribed[topic]
        once = _GivenTransaction(self._tx)
        subscription.begin(once)
        await subscriber.process_message(tuple(self._record(event) for event in events))
        self.refused += once.refused
        if once.failure is not None:
            raise once.failure
        return once.published

    def _record(self, event: Event) -> "ConsumerRecord[bytes, bytes]":
        record = encode(event, trace=event.trace)
        return ConsumerRecord(
            topic=record.topic,
            partition=0,
            offset=next(self._offsets),
            timestamp=int(WRITTEN_AT.timestamp() * 1000),
            timestamp_type=0,
            key=record.key,
            value=record.value,
            checksum=None,
            serialized_key_size=len(record.key or b""),
            serialized_value_size=len(record.value or b""),
            headers=tuple(record.headers),
        )


@asynccontextmanager
async def consuming(router: Router, tx: Transaction) -> AsyncIterator[Consume]:
    """Call a router's handlers in this transaction, without inbox and dead letters.

    Raises:
        RuntimeError: a service of this process runs on the router.
    """
    if any(subscriber.running for _, subscriber in router.subscribed.values()):
        raise RuntimeError("the router is in use: a service of this process consumes with it")
    broker = KafkaBroker(
        routers=[router], middlewares=[BatchMiddleware], serializer=None, logger=None
    )
    async with TestKafkaBroker(broker):  # house: nothing-outside-in-transaction (it is in memory)
        yield Consume(router, tx)


class _GivenTransaction:
    """Handles one batch in a transaction that is already open."""

    def __init__(self, tx: Transaction) -> None:
        self.published: list[Event] = []
        self.refused: list[tuple[Event, Refused]] = []
        self.failure: Exception | None = None
        self._tx = tx

    def partitions_changed(self) -> None:
        """Do nothing, since nothing is cached."""

    def health(self) -> ComponentHealth:
        """Return health without held partitions."""
        return ComponentHealth()

    async def handle(
        self, received: Sequence[ReceivedRecord], handler: Handler
    ) -> Mapping[TopicPartition, Hold]:
        batch: Batch[Any] = Batch([record.event for record in received if record.event])
        try:
            self.published += await handler(batch, self._tx) or ()
        except Exception as failure:  # noqa: BLE001 house: broad-except -- FastStream would swallow it
            self.failure = failure
        self.refused += batch.refused
        return {}
