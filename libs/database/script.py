"""Files of SQL as an operator would feed them to psql: one after the other, one connection."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import asyncpg


@asynccontextmanager
async def script(
    dsn: str, told: Mapping[str, str]
) -> AsyncIterator[Callable[[str], Awaitable[object]]]:
    """Give a function that runs what a file holds.

    A file is one transaction, unless a statement cannot be in one. What files set and make for
    themselves lasts as long as the connection. OSError and asyncpg's errors come out as they are.

    Args:
        dsn: PostgreSQL DSN.
        told: settings that the files may ask for, by name (`current_setting('filling.many')`).
    """
    connection = await asyncpg.connect(dsn, server_settings=dict(told))
    try:
        yield connection.execute
    finally:
        await connection.close()
