"""The open live views of this replica, by application."""

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
    """One open live view and its queue of unsent events."""

    def __init__(self, limit: int) -> None:
        self._queue: asyncio.Queue[LiveEvent | None] = asyncio.Queue(limit + 1)
        self._limit = limit
        self.closed = False

    def put(self, event: LiveEvent) -> bool:
        """Queue an event; return False and close the view if its queue is full."""
        if self.closed:
            return True
        if self._queue.qsize() >= self._limit:
            self.close()
            return False
        self._queue.put_nowait(event)
        return True

    def close(self) -> None:
        """End the view after the queued events."""
        if not self.closed:
            self.closed = True
            self._queue.put_nowait(None)

    async def next(self, wait_s: float) -> LiveEvent | None:
        """Wait for the next event; return None once the view is closed.

        Raises:
            TimeoutError: there was no event for `wait_s` seconds.
        """
        async with asyncio.timeout(wait_s):
            return await self._queue.get()


class Watchers:
    """All open live views of this process; a component, so that draining ends them.

    Args:
        limit: most open views.
        per_caller: most open views of one citizen.
        metrics: counts open and dropped views.
        queue_events: most unsent events of a view.
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
        """Receive an application's events while the context is open.

        Raises:
            Refused: the caller or this process has reached its limit of open views.
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

    def send(self, event: LiveEvent) -> None:
        """Queue an event for all views of its application; never blocks."""
        for watcher in tuple(self._by_application.get(_key(event.application_id), ())):
            if not watcher.put(event):
                self._metrics.count("watchers_dropped")

    def has(self, key: bytes | None) -> bool:
        """Return whether the application of a record's key has an open view."""
        return key in self._by_application

    def count(self) -> int:
        """Return the number of open views."""
        return self._by_caller.total()

    async def run(self, stop: asyncio.Event) -> None:
        """End all views when `stop` is set; callers reconnect to another replica."""
        await stop.wait()
        self._draining = True
        self.close_all()

    def close_all(self) -> None:
        """End all open views; callers reconnect, and read the current state."""
        for watchers in tuple(self._by_application.values()):
            for watcher in tuple(watchers):
                watcher.close()

    def health(self) -> ComponentHealth:
        """Return the number of open views; always healthy."""
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
