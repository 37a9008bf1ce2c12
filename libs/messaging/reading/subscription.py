"""FastStream's parser, decoder, acknowledgement and rebalance listener for one consumer group.

A batch is one FastStream message. Its `ack` notes the offsets, which are committed twice a second.
Its `nack` seeks back to the beginning of the batch, so that it is read again. Before partitions
move, the current batch is finished and everything is committed (measured: 0 records handled twice
instead of 100 in 1,000).
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

import structlog
from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka.message import KafkaAckableMessage
from faststream.message import StreamMessage
from typing_extensions import override

from libs.backoff import Backoff
from libs.component import ComponentHealth
from libs.contracts.topics import Topic
from libs.messaging.kafka.consumer import ResumingConsumer
from libs.messaging.reading.batch_transaction import Handler
from libs.messaging.reading.holds import Hold
from libs.messaging.reading.offsets import COMMIT_WITHIN_S, LAST_COMMIT_WITHIN_S, Offsets
from libs.messaging.reading.received_record import ReceivedRecord

_REBALANCE_WAIT_S = 30.0

log = structlog.get_logger()

Records = Sequence["ConsumerRecord[bytes, bytes]"]


class Transactions(Protocol):
    """Handles batches; see `BatchTransactions`."""

    async def handle(
        self, received: Sequence[ReceivedRecord], handler: Handler
    ) -> Mapping[TopicPartition, Hold]:
        """Handle a batch; return the partitions that are held."""

    def partitions_changed(self) -> None:
        """Called when partitions came from another member."""

    def health(self) -> ComponentHealth:
        """Whether partitions are held."""


class Subscription(ConsumerRebalanceListener):  # type: ignore[misc]
    """The state that a subscriber, its messages and the middleware share.

    Args:
        topics: the topics that the group reads: one, or all quiet topics of a service.
        group: the consumer group.
        consumer: returns the current consumer, or None.
        after: topics of which all is handled before this group begins.
    """

    transactions: Transactions

    def __init__(
        self,
        topics: Sequence[Topic],
        group: str,
        consumer: Callable[[], ResumingConsumer | None],
        after: Sequence[Topic] = (),
    ) -> None:
        self.group = group
        self.after = after
        self.name = f"consume {group.partition('.')[2]}"
        self.topics = {name: topic for topic in topics for name in topic.names()}
        self.consumer = consumer

    def begin(self, transactions: Transactions) -> None:
        """Reset for a run with these transactions."""
        self.transactions = transactions
        self.busy = asyncio.Lock()
        self.stop = asyncio.Event()
        self.offsets = Offsets(self.name, self.consumer)
        self.must_rejoin = False  # the database went back, and is compared when the group is joined
        self.handled()

    def handled(self) -> None:
        """Store that the last batch was handled."""
        self.health = self.transactions.health()
        self.backoff = Backoff(first_s=0.1, most_s=5.0)

    def waits(self, detail: str) -> None:
        """Store that the last batch was not handled."""
        self.health = ComponentHealth(ready=False, detail=detail)

    async def commit(self) -> None:
        """Commit the offsets of handled batches, between two batches or after the last one.

        Raises:
            KafkaError: the consumer must be replaced, since the database was restored meanwhile.
        """
        await self._commit(LAST_COMMIT_WITHIN_S if self.stop.is_set() else COMMIT_WITHIN_S)
        if self.must_rejoin:
            self.must_rejoin = False
            raise KafkaError("the database was restored")

    async def _commit(self, within_s: float) -> None:
        async with self.busy:
            await self.offsets.commit(within_s=within_s)

    async def parse(self, records: Records) -> "BatchMessage":
        """FastStream's parser; returns the records unchanged, with their raw headers."""
        return BatchMessage(self, records)

    async def decode(self, message: StreamMessage[Any]) -> list[ReceivedRecord]:
        """FastStream's decoder; each record is read when its event is asked for."""
        return [ReceivedRecord(self.topics[record.topic], record) for record in message.raw_message]

    @override
    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        try:
            async with asyncio.timeout(_REBALANCE_WAIT_S):
                await self._commit(LAST_COMMIT_WITHIN_S)
        except TimeoutError:
            log.warning("partitions move while a batch waits", partitions=len(revoked))
        self.offsets.forget()

    @override
    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self.transactions.partitions_changed()
        self.handled()
        log.info("partitions assigned", partitions=len(assigned))


class BatchMessage(KafkaAckableMessage):
    """The records of one poll, as FastStream passes them to middleware and handler."""

    def __init__(self, subscription: Subscription, records: Records) -> None:
        self._batch = _BatchConsumer(subscription, records)
        super().__init__(raw_message=tuple(records), body=records, consumer=self._batch)
        self.subscription = subscription

    def hold(self, held: Mapping[TopicPartition, Hold]) -> None:
        """Say which partitions are held; their records from there on are not acknowledged."""
        self._batch.held = held


class _BatchConsumer:
    """FastStream's `ConsumerProtocol` for one batch."""

    def __init__(self, subscription: Subscription, records: Records) -> None:
        self.held: Mapping[TopicPartition, Hold] = {}
        self._subscription = subscription
        self._records = records

    async def commit(self) -> None:
        """Note the offsets of the batch, and commit if the last commit is long enough ago.

        Held partitions are paused, and go on with the record at which they are held.
        """
        offsets = self._subscription.offsets
        offsets.note([record for record in self._records if self._is_done(record)])
        consumer = self._subscription.consumer()
        if consumer is not None:
            for partition, hold in self.held.items():
                consumer.hold(partition, hold.offset, hold.pause_s)
        if offsets.is_due():
            await offsets.commit()

    def _is_done(self, record: "ConsumerRecord[bytes, bytes]") -> bool:
        hold = self.held.get(TopicPartition(record.topic, record.partition))
        return hold is None or record.offset < hold.offset

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Read the batch again, unless its partition moved to another member."""
        consumer = self._subscription.consumer()
        if consumer is not None and partition in consumer.assignment():
            consumer.seek(partition, offset)
