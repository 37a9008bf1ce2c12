"""A part that does a small step again and again while there is work for it, then rests."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from libs.component import ComponentHealth, pause
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.messaging.retry import Backoff

_EVERY_S = 5.0

log = structlog.get_logger()


class Sweep:
    """Does a small step again and again while there is work for it, then rests.

    While the database is away it looks again after a moment, however long it would rest.

    Args:
        name: what it sweeps.
        step: one step in a transaction of its own; returns how much it found.
        database: the service's own.
        every_s: seconds of rest.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[Transaction], Awaitable[int]],
        *,
        database: Database,
        every_s: float = _EVERY_S,
    ) -> None:
        self.name = name
        self._step = step
        self._database = database
        self._every_s = every_s
        self._backoff = Backoff()
        self._health = ComponentHealth()

    def health(self) -> ComponentHealth:
        """Ready while the database answers."""
        return self._health

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep until `stop` is set."""
        while not stop.is_set():
            await pause(stop, await self._sweep())

    async def _sweep(self) -> float:
        """Do one step; return how long to rest after it, in seconds."""
        try:
            async with self._database.transaction() as tx:
                found = await self._step(tx)
        except Unavailable as failure:
            self._health = ComponentHealth(ready=False, detail=f"waits for {failure.dependency}")
            log.warning("sweep waits", sweep=self.name, dependency=failure.dependency)
            return min(self._every_s, self._backoff.next_s())
        self._health, self._backoff = ComponentHealth(), Backoff()
        return 0.0 if found else self._every_s
