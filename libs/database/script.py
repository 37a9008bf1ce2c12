"""Files of SQL as an operator would feed them to psql: one after the other, one connection."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

import asyncpg


class Script:
    """A connection for files of SQL; what they set and make for themselves lasts as long as it.

    Args:
        dsn: PostgreSQL DSN.
        told: settings that the files may ask for, by name (`current_setting('filling.many')`).
    """

    def __init__(self, dsn: str, told: Mapping[str, str]) -> None:
        self._dsn = dsn
        self._told = dict(told)
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    async def __aenter__(self) -> Self:
        """Connect."""
        self._connection = await asyncpg.connect(self._dsn, server_settings=self._told)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def run(self, sql: str) -> None:
        """Run what a file holds, in one transaction unless a statement cannot be in one.

        Raises:
            RuntimeError: outside of `async with`.
        """
        if self._connection is None:
            raise RuntimeError("a script needs its connection")
        await self._connection.execute(sql)
