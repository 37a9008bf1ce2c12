"""The components that run the consumers of a service's routers."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable

import structlog
from aiokafka import AIOKafkaConsumer
from faststream.kafka import KafkaBroker, KafkaRouter
from faststream.kafka.subscriber.usecase import BatchSubscriber

from libs.component import Component, ComponentHealth
from libs.contracts.access import group_of
from libs.contracts.topics import Topic
from libs.database.pool import Database
from libs.errors import Unavailable
from libs.messaging.kafka.broker import Broker
from libs.messaging.reading.batch_transaction import BatchTransactions
from libs.messaging.reading.behind import DatabaseBehind, StoredOffsets, check_not_behind
from libs.messaging.reading.holds import Handled, Holds
from libs.messaging.reading.middleware import BatchMiddleware
from libs.messaging.reading.quiet import TransactionsByTopic, quiet_router
from libs.messaging.reading.reconnecting import ReconnectingSubscriber
from libs.messaging.reading.router import Router, handlers_of
from libs.messaging.reading.subscription import Subscription, Transactions
from libs.messaging.reading.until import has_read_all
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing

_COMPARE_EVERY_S = 15.0

log = structlog.get_logger()


def make_consumers(
    routers: Iterable[Router],
    *,
    broker: Broker,
    database: Database,
    tracing: Tracing,
    metrics: Metrics,
    compare_every_s: float = _COMPARE_EVERY_S,
) -> list[Component]:
    """Make a component for each topic that the routers of a service subscribe to.

    Its quiet topics have one component together.

    Args:
        routers: the routers of the service; used by one run at a time.
        broker: the connection to Kafka.
        database: the service's own.
        tracing: makes a span for each sampled record.
        metrics: counts the records by result.
        compare_every_s: seconds after which it is seen at the latest that the database went back.

    Raises:
        ValueError: two routers subscribe to one topic; as members of one group they would share its
            records.
    """
    routers = list(routers)
    topics = [topic.name for router in routers for topic in router.subscribed]
    if len(set(topics)) < len(topics):
        raise ValueError(f"a topic has two subscribers: {', '.join(sorted(topics))}")

    handled: defaultdict[object, Handled] = defaultdict(Handled)
    stored: dict[str, StoredOffsets] = {}

    def transactions(topic: Topic) -> Transactions:
        group = group_of(broker.service, topic)
        return BatchTransactions(
            broker.service,
            topic,
            database=database,
            tracing=tracing,
            metrics=metrics,
            holds=Holds(topic, metrics, handled=handled[topic.events]),
            stored=stored.setdefault(group, StoredOffsets(group, database)),
        )

    consumed = [
        (*subscribed, transactions(topic))
        for router in routers
        for topic, subscribed in router.subscribed.items()
        if not topic.quiet
    ]
    quiet = {topic: handler for topic, handler in handlers_of(routers).items() if topic.quiet}
    reading: list[KafkaRouter] = [*routers]
    if quiet:
        router, subscription, subscriber = quiet_router(broker.service, quiet)
        reading.append(router)
        by_topic = TransactionsByTopic({topic: transactions(topic) for topic in quiet})
        consumed.append((subscription, subscriber, by_topic))
    kafka = broker.for_routers(*reading, middleware=BatchMiddleware)
    made: list[Component] = []
    for subscription, subscriber, handling in consumed:
        subscription.begin(handling)
        made.append(
            TopicConsumer(
                broker,
                kafka,
                database,
                metrics,
                subscription,
                subscriber,
                stored=stored.setdefault(
                    subscription.group, StoredOffsets(subscription.group, database)
                ),
                compare_every_s=compare_every_s,
            )
        )
    return made


class TopicConsumer:
    """Consumes one topic, or all quiet ones, for one service; members of its group share the work.

    While our own database is unavailable, the consumer waits, with growing pauses. It skips no
    record and makes no dead letter. If the database was restored, nothing is read until an operator
    has rewound the group. A restore under a running service is seen also where no record comes.
    Where the handler works by what other topics say, these are read first.
    """

    def __init__(  # noqa: PLR0913
        self,
        broker: Broker,
        kafka: KafkaBroker,
        database: Database,
        metrics: Metrics,
        subscription: Subscription,
        subscriber: BatchSubscriber,
        *,
        stored: StoredOffsets,
        compare_every_s: float,
    ) -> None:
        self.name = subscription.name
        self.group = subscription.group
        self._broker = broker
        self._database = database
        self._metrics = metrics
        self._subscription = subscription
        self._stored = stored
        self._compare_every_s = compare_every_s
        self._compared_s = 0.0
        self._reconnecting = ReconnectingSubscriber(
            self.name,
            broker,
            kafka,
            subscriber,
            [name for name, topic in subscription.topics.items() if not topic.per_ministry],
            before=self._check_before,
            regularly=self._commit_and_compare,
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

    async def _commit_and_compare(self) -> None:
        """Commit offsets, and look regularly whether the database went back.

        Raises:
            DatabaseBehind: it did, and what was read is to be compared with Kafka.
            KafkaError: the consumer must be replaced, since a batch found that.
        """
        await self._subscription.commit()
        if time.monotonic() - self._compared_s < self._compare_every_s:
            return
        self._compared_s = time.monotonic()
        try:
            await self._stored.compare()
        except DatabaseBehind:
            raise
        except Unavailable as failure:  # seen by the next batch, or the next time
            log.info("offsets are not compared", group=self.group, failure=str(failure))

    async def _check_before(self) -> None:
        """Check that the database is not behind, and that what is read first was read.

        Raises:
            DatabaseBehind: the database was restored, and nothing may be read.
            Unavailable: a topic that is read first is not read yet.
        """
        await self._check_database()
        for topic in self._subscription.after:
            if not await has_read_all(self._broker, self._database, topic):
                raise Unavailable("kafka", f"{topic.name} is read first")

    async def _check_database(self) -> None:
        """Check that the database is not behind the offsets of the group.

        Raises:
            DatabaseBehind: it is, and nothing may be read.
        """
        try:
            await check_not_behind(self._broker.client, self._database, self.group)
            self._stored.forget()
            await self._stored.compare()
        except DatabaseBehind as failure:
            self._note_behind(failure.partitions)
            log.critical(
                "database is behind what was read: it was restored, and nothing is read",
                group=self.group,
                partitions=failure.partitions,
                remedy=f"admin {self._broker.service} rewind",
            )
            raise
        # Not where the comparison failed: the alert would end with the brokers.
        self._note_behind(0)

    def _note_behind(self, partitions: int) -> None:
        self._metrics.gauge("partitions_ahead_of_database", partitions, group=self.group)
