"""Forgets what nobody needs any more, a little at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from libs.component import ComponentHealth, pause
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from services.identity import store
from services.identity.domain.signing import KeyRules, forgotten_keys

_ROWS = 1_000  # deleted in one transaction, so that no one waits for a long one

log = structlog.get_logger()

Forget = Callable[[Transaction], Awaitable[int]]


class Forgetting:
    """Deletes expired challenges, address counts, sessions and signing keys; a part.

    Args:
        database: the service's own.
        every_s: seconds between two rounds.
        window_s: length of the window in which addresses are counted, in seconds.
        key_rules: which signing keys are still needed.
    """

    name = "forgetting"

    def __init__(
        self, database: Database, *, every_s: float, window_s: int, key_rules: KeyRules
    ) -> None:
        self._database = database
        self._every_s = every_s
        self._window_s = window_s
        self._key_rules = key_rules
        self._detail = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Clean now and every so often, until told to stop."""
        while not stop.is_set():
            try:
                await self.clean(stop)
                self._detail = ""
            except Unavailable as failure:
                self._detail = str(failure)
            if await pause(stop, self._every_s):
                return

    def health(self) -> ComponentHealth:
        """Always ready: nobody waits for this."""
        return ComponentHealth(detail=self._detail)

    async def clean(self, stop: asyncio.Event) -> None:
        """Delete all that has run out."""
        now = datetime.now(UTC)
        windows_end = now - timedelta(seconds=self._window_s)
        rounds: tuple[Forget, ...] = (
            lambda tx: store.forget_challenges(tx, limit=_ROWS),
            lambda tx: store.forget_address_windows(tx, before=windows_end, limit=_ROWS),
            lambda tx: store.forget_sessions(tx, limit=_ROWS),
        )
        for forget in rounds:
            while await self._forget(forget) == _ROWS and not stop.is_set():
                continue
        await self._forget_keys(now)

    async def _forget(self, forget: Forget) -> int:
        async with self._database.transaction() as tx:
            return await forget(tx)

    async def _forget_keys(self, now: datetime) -> None:
        async with self._database.transaction() as tx:
            keys = await store.read_keys(tx)
            old = forgotten_keys(keys, self._key_rules, now)
            if old:
                await store.remove_keys(tx, [key.kid for key in old])
                log.info("signing keys forgotten", kids=[key.kid for key in old])
