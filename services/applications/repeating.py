"""A loop that acts now, every so often, and when woken."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from libs.component import ComponentHealth
from libs.errors import Unavailable
from libs.messaging.retry import Backoff

log = structlog.get_logger()


class Repeating:
    """A component that acts at its start, then every `every_s` seconds, and at once when woken.

    Args:
        name: the component's name.
        every_s: seconds between two rounds.
        act: one round; after `Unavailable` it is tried again with growing pauses.
    """

    def __init__(self, name: str, every_s: float, act: Callable[[], Awaitable[None]]) -> None:
        self.name = name
        self._every_s = every_s
        self._act = act
        self._woken = asyncio.Event()
        self._backoff = Backoff()
        self._health = ComponentHealth(ready=False, detail="not done yet")

    def wake(self) -> None:
        """Begin the next round without waiting."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Act until `stop` is set; a round that has begun is finished."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wake_at(stop))
            while not stop.is_set():
                self._woken.clear()
                await self._pause(await self._round())

    def health(self) -> ComponentHealth:
        """Ready when the last round succeeded."""
        return self._health

    async def _round(self) -> float:
        """Act once; return the seconds until the next round."""
        try:
            await self._act()
        except Unavailable as failure:
            self._health = ComponentHealth(ready=False, detail=str(failure))
            log.warning("round not done", component=self.name, dependency=failure.dependency)
            return min(self._every_s, self._backoff.next_s())
        self._health, self._backoff = ComponentHealth(), Backoff()
        return self._every_s

    async def _pause(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._woken.set()
