"""Lets a person have one file opened, or one paper drawn, at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID
from weakref import WeakValueDictionary

from libs.errors import Unavailable


class Turns:
    """A person's files are opened, or papers drawn, one after the other.

    So each person has at most one place among those who wait for a process, and these are served in
    turn; as long as there are two processes, one person leaves one to the others.

    Args:
        wait_s: most seconds that a request waits for the person's earlier ones.
    """

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, person_id: UUID) -> AsyncIterator[None]:
        """Wait until no other file of a person is being opened.

        Raises:
            Unavailable: the earlier ones take too long.
        """
        lock = self._locks.setdefault(person_id, asyncio.Lock())
        try:
            async with asyncio.timeout(self._wait_s):
                await lock.acquire()
        except TimeoutError:
            raise Unavailable("processing", retry_after_s=self._wait_s) from None
        try:
            yield
        finally:
            lock.release()
