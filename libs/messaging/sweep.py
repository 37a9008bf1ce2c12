"""A part that does a small step again and again while there is work for it, then rests."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.part import PartHealth, pause

_EVERY_S = 5.0

log = structlog.get_logger()


class Sweep:
    """Does a small step again and again while there is work for it, then rests.

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
        self._health = PartHealth()

    def health(self) -> PartHealth:
        """Ready while the database answers."""
        return self._health

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep until `stop` is set."""
        while not stop.is_set():
            if not await self._sweep():
                await pause(stop, self._every_s)

    async def _sweep(self) -> int:
        try:
            async with self._database.transaction() as tx:
                found = await self._step(tx)
        except Unavailable as failure:
            self._health = PartHealth(ready=False, detail=f"waits for {failure.party}")
            log.warning("sweep waits", sweep=self.name, party=failure.party)
            return 0
        self._health = PartHealth()
        return found
