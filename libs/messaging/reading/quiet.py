"""The consumer of a service's quiet topics, which share one group (decision 1).

A consumer costs a connection, fetches and a heartbeat each second, also where no record comes. Each
topic keeps its own transactions, dead letters and held partitions.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition
from faststream.kafka import KafkaRouter
from faststream.kafka.subscriber.usecase import BatchSubscriber

from libs.component import ComponentHealth
from libs.contracts.access import group_of
from libs.contracts.events import Event
from libs.contracts.topics import Topic, topic_of
from libs.messaging.kafka.broker import QUIET
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.batch_transaction import Handler
from libs.messaging.reading.holds import Hold
from libs.messaging.reading.middleware import Tx
from libs.messaging.reading.received_record import ReceivedRecord
from libs.messaging.reading.router import pattern_of
from libs.messaging.reading.subscription import Subscription, Transactions


def quiet_router(
    service: str, handlers: Mapping[Topic, Handler]
) -> tuple[KafkaRouter, Subscription, BatchSubscriber]:
    """Make a router with one subscriber that reads several topics.

    Args:
        service: the service's name.
        handlers: the handler of each topic; it writes its events to the outbox itself.
    """
    router, topics = KafkaRouter(), list(handlers)
    subscription = Subscription(topics, group_of(service, topics[0]), lambda: subscriber.consumer)
    subscriber: BatchSubscriber = router.subscriber(
        pattern=pattern_of(*topics),
        batch=True,
        group_id=subscription.group,
        listener=subscription,
        parser=subscription.parse,
        decoder=subscription.decode,
        **QUIET,
    )

    async def on_events(batch: Batch[Any], tx: Tx) -> None:
        first: Event = batch.events[0]
        await handlers[topic_of(first)](batch, tx)

    subscriber(on_events)
    return router, subscription, subscriber


class TransactionsByTopic:
    """Handles a batch of several topics, one topic after another.

    Args:
        by_topic: handles the batches of each topic.
    """

    def __init__(self, by_topic: Mapping[Topic, Transactions]) -> None:
        self._by_topic = by_topic

    async def handle(
        self, received: Sequence[ReceivedRecord], handler: Handler
    ) -> Mapping[TopicPartition, Hold]:
        """Handle a batch; return the partitions that are held.

        Raises:
            Unavailable: our own database is unavailable; the whole batch may be handled again.
        """
        parts: defaultdict[Topic, list[ReceivedRecord]] = defaultdict(list)
        for record in received:
            parts[record.topic].append(record)
        held: dict[TopicPartition, Hold] = {}
        for topic, records in parts.items():
            held |= await self._by_topic[topic].handle(records, handler)
        return held

    def partitions_changed(self) -> None:
        """Called when partitions came from another member."""
        for transactions in self._by_topic.values():
            transactions.partitions_changed()

    def health(self) -> ComponentHealth:
        """Not ready while one topic is not; the detail names the topics held."""
        healths = [transactions.health() for transactions in self._by_topic.values()]
        details = [health.detail for health in healths if health.detail]
        return ComponentHealth(
            ready=all(health.ready for health in healths), detail="; ".join(details)
        )
