"""Runs SQL files one after another on one connection, like psql."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import asyncpg


@asynccontextmanager
async def script(
    dsn: str, settings: Mapping[str, str]
) -> AsyncIterator[Callable[[str], Awaitable[object]]]:
    """Yield a function that runs the text of a file.

    A file is one transaction, unless a statement cannot be in one. Session settings and temporary
    tables of a file stay for the next ones. OSError and asyncpg's errors are not translated.

    Args:
        dsn: PostgreSQL DSN.
        settings: of the session; files read them by name (`current_setting('filling.many')`).
    """
    connection = await asyncpg.connect(dsn, server_settings=dict(settings))
    try:
        yield connection.execute
    finally:
        await connection.close()
