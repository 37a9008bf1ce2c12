"""Who watches which application just now, in memory of this replica."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from libs.component import ComponentHealth
from libs.contracts.gateway import LiveEvent
from libs.errors import Refused
from libs.telemetry.metrics import Metrics

QUEUE_EVENTS = 100


class Watcher:
    """One open live view and the events it has not been sent yet."""

    def __init__(self, limit: int) -> None:
        self._queue: asyncio.Queue[LiveEvent | None] = asyncio.Queue(limit + 1)
        self._limit = limit
        self.closed = False

    def offer(self, event: LiveEvent) -> bool:
        """Queue an event; False where the view cannot keep up, which ends it."""
        if self.closed:
            return True
        if self._queue.qsize() >= self._limit:
            self.close()
            return False
        self._queue.put_nowait(event)
        return True

    def close(self) -> None:
        """Have the view end after what is queued."""
        if not self.closed:
            self.closed = True
            self._queue.put_nowait(None)

    async def next(self, wait_s: float) -> LiveEvent | None:
        """The next event, or None once closed.

        Raises:
            TimeoutError: when nothing happened for `wait_s` seconds.
        """
        async with asyncio.timeout(wait_s):
            return await self._queue.get()


class Watchers:
    """All open live views of this process; a part, so that draining ends them.

    Args:
        limit: most views at once.
        per_caller: most views of one citizen at once.
        metrics: counts them.
        queue_events: how far a view may fall behind.
    """

    name = "watchers"

    def __init__(
        self, *, limit: int, per_caller: int, metrics: Metrics, queue_events: int = QUEUE_EVENTS
    ) -> None:
        self._limit = limit
        self._per_caller = per_caller
        self._metrics = metrics
        self._queue_events = queue_events
        self._by_application: defaultdict[bytes, set[Watcher]] = defaultdict(set)
        self._by_caller: Counter[UUID] = Counter()
        self._draining = False

    @contextmanager
    def watching(self, application_id: UUID, citizen_id: UUID) -> Iterator[Watcher]:
        """Hear of an application's events from now on.

        Raises:
            Refused: this caller, or this process, has as many open views as it may.
        """
        if self._by_caller[citizen_id] >= self._per_caller or self.count() >= self._limit:
            raise Refused("too_many_watchers")
        watcher = Watcher(self._queue_events)
        self._by_application[_key(application_id)].add(watcher)
        self._by_caller[citizen_id] += 1
        self._metrics.gauge("watchers", self.count())
        if self._draining:
            watcher.close()
        try:
            yield watcher
        finally:
            self._forget(watcher, application_id, citizen_id)

    def publish(self, event: LiveEvent) -> None:
        """Give an event to everyone who watches its application; never waits."""
        for watcher in tuple(self._by_application.get(_key(event.application_id), ())):
            if not watcher.offer(event):
                self._metrics.count("watchers_dropped")

    def want(self, key: bytes | None) -> bool:
        """Whether anyone watches the application that is a record's key."""
        return key in self._by_application

    def count(self) -> int:
        """How many views are open."""
        return self._by_caller.total()

    async def run(self, stop: asyncio.Event) -> None:
        """End all views once told to stop; their callers reconnect elsewhere."""
        await stop.wait()
        self._draining = True
        for watchers in tuple(self._by_application.values()):
            for watcher in tuple(watchers):
                watcher.close()

    def health(self) -> ComponentHealth:
        """Always well; says how many views are open."""
        return ComponentHealth(detail=f"{self.count()} open")

    def _forget(self, watcher: Watcher, application_id: UUID, citizen_id: UUID) -> None:
        watchers = self._by_application[_key(application_id)]
        watchers.discard(watcher)
        if not watchers:
            del self._by_application[_key(application_id)]
        self._by_caller[citizen_id] -= 1
        if self._by_caller[citizen_id] <= 0:
            del self._by_caller[citizen_id]
        self._metrics.gauge("watchers", self.count())


def _key(application_id: UUID) -> bytes:
    return str(application_id).encode()
