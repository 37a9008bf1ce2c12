"""Keeps a place for ordinary files while others send files that take long to open."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, TypeVar
from uuid import UUID

from libs.errors import Unavailable

_ORDINARY_S: Final = 4.0
_ORDINARY_S_AN_HOUR: Final = 60.0
_HOUR_S: Final = 3600.0

Opened = TypeVar("Opened")


class Lanes:
    """Files are opened a few at once, and one at a time of the people whose files take long.

    These are the people who had a file within the last hour that took longer than 4 s, or files
    that took 60 s together. Nobody knows before how long a file takes. So one that takes longer
    than 4 s is stopped, and begins again when it is the only long one.

    Args:
        at_once: most files.
        wait_s: most seconds that a file waits for its place.
    """

    def __init__(self, at_once: int, *, wait_s: float) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._long = asyncio.Lock()
        self._wait_s = wait_s
        self._spent_ms: Counter[UUID] = Counter()

    async def run(self, person_id: UUID, opening: Callable[[], Awaitable[Opened]]) -> Opened:
        """Open a file of a person; it may be begun twice.

        Raises:
            Unavailable: the places are taken, and stay so.
        """
        if self._spent_ms[person_id] < _ORDINARY_S_AN_HOUR * 1000:
            async with self._held(self._places), self._counted(person_id):
                try:
                    async with asyncio.timeout(_ORDINARY_S):
                        return await opening()
                except TimeoutError:
                    self._count(person_id, _ORDINARY_S_AN_HOUR)
        async with self._held(self._long, self._places), self._counted(person_id):
            return await opening()

    @asynccontextmanager
    async def _held(self, *places: asyncio.Lock | asyncio.Semaphore) -> AsyncIterator[None]:
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(self._wait_s):
                    for place in places:
                        await held.enter_async_context(place)
            except TimeoutError:
                raise Unavailable("processing", retry_after_s=self._wait_s) from None
            yield

    @asynccontextmanager
    async def _counted(self, person_id: UUID) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            yield
        finally:
            self._count(person_id, loop.time() - began)

    def _count(self, person_id: UUID, seconds: float) -> None:
        """Count seconds for an hour, in thousandths, so that nothing is left of them after it."""
        spent_ms = round(seconds * 1000)
        self._spent_ms[person_id] += spent_ms
        asyncio.get_running_loop().call_later(_HOUR_S, self._forget, person_id, spent_ms)

    def _forget(self, person_id: UUID, spent_ms: int) -> None:
        self._spent_ms[person_id] -= spent_ms
        if not self._spent_ms[person_id]:
            del self._spent_ms[person_id]
