"""The events that every replica hears; what is missed while it is away is read from its owner."""

from functools import partial

from libs.contracts import topics
from libs.contracts.events import Event
from libs.contracts.topics import Topic
from libs.messaging.batch import Batch
from libs.messaging.broadcast import BroadcastRouter
from services.gateway.forwarding.response_cache import ResponseCache
from services.gateway.live.rules import live_event
from services.gateway.live.watchers import Watchers

TOPICS = (topics.CATALOGUE, topics.APPLICATIONS, topics.NOTIFICATIONS)


def make_router(watchers: Watchers, cache: ResponseCache) -> BroadcastRouter:
    """Declare the gateway's subscription: one consumer reads all topics."""
    router = BroadcastRouter("gateway")

    @router.subscriber(*TOPICS, wanted=partial(is_wanted, watchers))
    async def on_events(batch: Batch[Event]) -> None:
        for event in batch.events:
            show(event, watchers, cache)

    return router


def is_wanted(watchers: Watchers, topic: Topic, key: bytes | None) -> bool:
    """Whether a record is decoded: of applications only those that somebody watches."""
    return topic is topics.CATALOGUE or watchers.want(key)


def show(event: Event, watchers: Watchers, cache: ResponseCache) -> None:
    """Show an event in live views; one of the catalogue ends what the cache holds."""
    if isinstance(event, topics.CATALOGUE.events):
        cache.drop()
    else:
        watchers.send(live_event(event))
