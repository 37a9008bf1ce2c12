"""FastStream's router over the topics of the map, for a capability's `consumers.py`.

router = Router("applications")

@router.publisher(topics.APPLICATIONS)
@router.subscriber(topics.MINISTRIES)
async def on_ministry_events(batch: Batch[MinistryEvent], tx: Tx) -> Sequence[Event]: ...
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

from faststream.kafka import KafkaRouter
from faststream.kafka.publisher.usecase import BatchPublisher
from faststream.kafka.subscriber.usecase import BatchSubscriber
from typing_extensions import override

from libs.contracts.access import group_of
from libs.contracts.events import Event
from libs.contracts.export import slug_of
from libs.contracts.topics import MINISTRY_PLACEHOLDER, Topic
from libs.database.transaction import Transaction
from libs.messaging.kafka.broker import CONSUMER, GATHERING
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.batch_transaction import Handler
from libs.messaging.reading.middleware import Tx, add_returned
from libs.messaging.reading.subscription import Subscription

__all__ = ["Batch", "Router", "Tx", "handlers_of"]


class TopicRouter(KafkaRouter):
    """FastStream's router, whose publishers are topics of the map.

    Args:
        service: the service's name.
    """

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service
        self.published: list[Topic] = []

    @override
    def publisher(self, topic: Topic) -> BatchPublisher:  # type: ignore[override]
        """Declare that a handler, or other code of the service, publishes to a topic."""
        self.published.append(topic)
        return super().publisher(
            topic.name.replace(MINISTRY_PLACEHOLDER, "{ministry}"),
            batch=True,
            title=self.operation("write", topic),
            schema=reduce(or_, topic.events),
        )

    def operation(self, action: str, topic: Topic) -> str:
        """The name of an operation of this service in the AsyncAPI document."""
        return f"{self.service}.{action}.{slug_of(topic)}"


class Router(TopicRouter):
    """FastStream's router, whose subscribers and publishers are topics of the map.

    A handler is called with the new events of a batch, in order, in one transaction. It returns the
    events to publish. A service subscribes to a topic once.
    """

    def __init__(self, service: str) -> None:
        super().__init__(service)
        self.subscribed: dict[Topic, tuple[Subscription, BatchSubscriber]] = {}

    @override
    def subscriber(  # type: ignore[override]
        self, topic: Topic, *, gathers: bool = False, after: Sequence[Topic] = ()
    ) -> BatchSubscriber:
        """Decorate a handler that is called with batches of a topic.

        Args:
            topic: the topic.
            gathers: whether records may wait half a second for others, since nobody waits for what
                the handler does.
            after: topics that the service reads too. What Kafka has of them is handled before the
                first record, also after a restore: the handler works by what they say.
        """
        subscription = Subscription(
            [topic],
            group_of(self.service, topic),
            lambda: subscriber.consumer,
            after,
        )
        subscriber: BatchSubscriber = super().subscriber(
            pattern=pattern_of(topic),
            batch=True,
            title=self.operation("read", topic),
            group_id=subscription.group,
            listener=subscription,
            parser=subscription.parse,
            decoder=subscription.decode,
            **(GATHERING if gathers else CONSUMER),
        )
        self.subscribed[topic] = (subscription, subscriber)
        return subscriber

    @property
    def handlers(self) -> Mapping[Topic, Handler]:
        """The handler of each topic, for a replay; it writes returned events to the outbox."""
        return {
            topic: _with_outbox(subscriber.calls[0].handler)
            for topic, (_, subscriber) in self.subscribed.items()
        }


def handlers_of(routers: Iterable[Router]) -> Mapping[Topic, Handler]:
    """The handlers of all routers of a service."""
    return {topic: handler for router in routers for topic, handler in router.handlers.items()}


def pattern_of(*topics: Topic) -> str:
    """The pattern with which FastStream subscribes to topics.

    A subscription by pattern omits a topic that may not be read, and finds it later when it may.
    One by names fails for all topics if one may not be read.
    """
    names = (name for topic in topics for name in topic.names())
    return f"^(?:{'|'.join(map(re.escape, names))})$"


def _with_outbox(call: Any) -> Handler:
    async def handler(batch: Batch[Any], tx: Transaction) -> Sequence[Event]:
        return await add_returned(tx, await call(batch, tx))

    return handler
