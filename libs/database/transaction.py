"""One open transaction, and the functions to call after its commit."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from asyncpg import Connection, Record
from asyncpg.pool import PoolConnectionProxy

from libs.encryption import Cipher


class Transaction:
    """An open transaction, which ends with the `async with` that made it."""

    __slots__ = ("_cipher", "_connection", "_followers", "_notifications", "_runners")

    def __init__(
        self,
        connection: "PoolConnectionProxy[Record] | Connection[Record]",
        runners: Mapping[str, Any],
        cipher: Cipher | None = None,
    ) -> None:
        self._connection = connection
        self._cipher = cipher
        self._runners = runners
        self._notifications: set[str] = set()
        self._followers: list[Callable[[], None]] = []

    @property
    def cipher(self) -> Cipher:
        """Encrypts and decrypts personal data in the service's own tables.

        Raises:
            LookupError: the service has no encryption secret.
        """
        if self._cipher is None:
            raise LookupError(
                "this service has no encryption secret, so it stores no personal data"
            )
        return self._cipher

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        """Run one statement and return its rows."""
        rows: list[Record] = await self._connection.fetch(sql, *args)
        return rows

    async def fetchrow(self, sql: str, *args: Any) -> Record | None:
        """Run one statement and return its first row, or None."""
        return await self._connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """Run one statement and return the first column of its first row, or None."""
        return await self._connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> int:
        """Run one statement and return how many rows it touched."""
        tag = await self._connection.execute(sql, *args)
        last = tag.rsplit(" ", 1)[-1]
        return int(last) if last.isascii() and last.isdecimal() else 0

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo the statements of the body if it raises, and only these; the transaction goes on."""
        notifications, followers = set(self._notifications), len(self._followers)
        try:
            async with self._connection.transaction():
                yield
        except BaseException:
            self._notifications = notifications
            del self._followers[followers:]
            raise

    def notify_on_commit(self, name: str) -> None:
        """Notify the listeners of this name in this process if the transaction commits."""
        self._notifications.add(name)

    def notifications(self) -> Collection[str]:
        """Return the names to notify after the commit; for `Database`."""
        return self._notifications

    def runner_of(self, queue: str) -> Any:
        """Return the runner of a job queue in this process, or None; for `libs.jobs.enqueue`."""
        return self._runners.get(queue)

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call a function if the transaction commits."""
        self._followers.append(call)

    def commit_callbacks(self) -> Sequence[Callable[[], None]]:
        """Return the functions to call after the commit; for `Database`."""
        return self._followers
