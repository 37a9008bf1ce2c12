"""Events that every replica reads, for its live views and its cache."""

from functools import partial

from libs.contracts import topics
from libs.contracts.events import Event
from libs.contracts.topics import Topic
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.broadcast import BroadcastRouter
from services.gateway.forwarding.response_cache import ResponseCache
from services.gateway.live.rules import live_event
from services.gateway.live.watchers import Watchers

TOPICS = (topics.CATALOGUE, topics.APPLICATIONS, topics.NOTIFICATIONS)


def make_router(watchers: Watchers, cache: ResponseCache) -> BroadcastRouter:
    """Make the router; one consumer reads all topics."""
    router = BroadcastRouter("gateway")

    @router.subscriber(
        *TOPICS,
        wanted=partial(is_wanted, watchers),
        on_gap=partial(begin_anew, watchers, cache),
    )
    async def on_events(batch: Batch[Event]) -> None:
        for event in batch.events:
            show(event, watchers, cache)

    return router


def begin_anew(watchers: Watchers, cache: ResponseCache) -> None:
    """Have all live views reconnect, and empty the cache: events may have been missed."""
    watchers.close_all()
    cache.clear()


def is_wanted(watchers: Watchers, topic: Topic, key: bytes | None) -> bool:
    """Return whether to decode a record: of applications, only those with an open live view."""
    return topic is topics.CATALOGUE or watchers.has(key)


def show(event: Event, watchers: Watchers, cache: ResponseCache) -> None:
    """Send an event to live views; an event of the catalogue empties the cache instead."""
    if isinstance(event, topics.CATALOGUE.events):
        cache.clear()
    else:
        watchers.send(live_event(event))
