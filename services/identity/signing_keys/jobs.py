"""Periodic work on signing keys: refresh those in memory, delete expired ones."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from libs.component import Component, ComponentHealth, pause
from libs.database.pool import Database
from libs.errors import Unavailable
from libs.messaging.sweep import Sweep
from services.identity.signing_keys.key_ring import KeyRing
from services.identity.signing_keys.key_wrapping import KeyWrapping
from services.identity.signing_keys.rules import KeyPolicy
from services.identity.signing_keys.use_cases import delete_expired_keys, read_keys

_RETRY_S = 1.0


class KeyRefresh:
    """Reads the signing keys at start and every so often, so that every replica sees a rotation.

    Args:
        keys: gets the keys.
        wrapping: encrypts a first key.
        database: where the keys are stored.
        every_s: seconds between two reads.
        clock: tells the time.
    """

    name = "signing-keys"

    def __init__(
        self,
        keys: KeyRing,
        wrapping: KeyWrapping,
        database: Database,
        *,
        every_s: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._keys = keys
        self._wrapping = wrapping
        self._database = database
        self._every_s = every_s
        self._clock = clock
        self._detail = "not read yet"

    async def run(self, stop: asyncio.Event) -> None:
        """Refresh the keys until `stop` is set."""
        while not stop.is_set():
            try:
                await self.refresh()
            except Unavailable as failure:
                self._detail = str(failure)
                await pause(stop, _RETRY_S)
            else:
                self._detail = ""
                await pause(stop, self._every_s)

    async def refresh(self) -> None:
        """Read the keys now.

        Raises:
            Unavailable: the database does not answer.
        """
        async with self._database.transaction() as tx:
            stored = await read_keys(tx, self._wrapping, self._clock())
        self._keys.replace(stored)

    def health(self) -> ComponentHealth:
        """Ready once keys have been read, also while the database is away."""
        return ComponentHealth(ready=self._keys.has_keys(), detail=self._detail)


def key_cleanup(
    database: Database, policy: KeyPolicy, *, every_s: float, clock: Callable[[], datetime]
) -> Component:
    """Return the component that deletes expired signing keys every so often."""
    return Sweep(
        "signing-key-cleanup",
        lambda tx: delete_expired_keys(tx, policy, clock()),
        database=database,
        every_s=every_s,
    )
