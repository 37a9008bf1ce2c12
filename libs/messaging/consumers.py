"""The components that run the consumers of a service's routers."""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import BatchSubscriber

from libs.component import Component, ComponentHealth
from libs.database.pool import Database
from libs.messaging.batch_transaction import BatchTransactions
from libs.messaging.broker import Broker
from libs.messaging.middleware import BatchMiddleware
from libs.messaging.reconnecting import ReconnectingSubscriber
from libs.messaging.router import Router
from libs.messaging.subscription import Subscription
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing


def make_consumers(
    routers: Iterable[Router],
    *,
    broker: Broker,
    database: Database,
    tracing: Tracing,
    metrics: Metrics,
) -> list[Component]:
    """Make a component for each topic that the routers of a service subscribe to.

    Args:
        routers: the routers of the service; used by one run at a time.
        broker: the connection to Kafka.
        database: the service's own.
        tracing: makes a span for each sampled record.
        metrics: counts the records by result.

    Raises:
        ValueError: two routers subscribe to one topic; as members of one group they would share its
            records.
    """
    routers = list(routers)
    topics = [topic.name for router in routers for topic in router.subscribed]
    if len(set(topics)) < len(topics):
        raise ValueError(f"a topic has two subscribers: {', '.join(sorted(topics))}")
    kafka = broker.for_routers(*routers, middleware=BatchMiddleware)
    made: list[Component] = []
    for router in routers:
        for topic, (subscription, subscriber) in router.subscribed.items():
            transactions = BatchTransactions(
                router.service, topic, database=database, tracing=tracing, metrics=metrics
            )
            subscription.begin(transactions)
            made.append(TopicConsumer(broker, kafka, subscription, subscriber))
    return made


class TopicConsumer:
    """Consumes one topic for one service; all members of its group share the work.

    While our own database is unavailable, the consumer waits, with growing pauses. It skips no
    record and makes no dead letter.
    """

    def __init__(
        self,
        broker: Broker,
        kafka: KafkaBroker,
        subscription: Subscription,
        subscriber: BatchSubscriber,
    ) -> None:
        self.name = subscription.name
        self.group = subscription.group
        self._subscription = subscription
        self._reconnecting = ReconnectingSubscriber(
            self.name,
            broker,
            kafka,
            subscriber,
            subscription.topic.names(),
            regularly=subscription.commit,
        )

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """The current consumer, or None."""
        return self._reconnecting.consumer

    def health(self) -> ComponentHealth:
        """Ready while records can be read and handled."""
        reading = self._reconnecting.health()
        return self._subscription.health if reading.ready else reading

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set; then finish the current batch and commit its offsets."""
        self._subscription.stop = stop
        await self._reconnecting.run(stop)
