"""A connection to each service's database, for rules that ask PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

import asyncpg
import pytest

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connect: TypeAlias = Callable[[str], Awaitable[Connection]]


@pytest.fixture
async def connect(dsn_for: Callable[[str], Awaitable[str]]) -> AsyncIterator[Connect]:
    """Connect to a service's own, migrated database."""
    opened: list[Connection] = []

    async def make(service: str) -> Connection:
        connection = await asyncpg.connect(await dsn_for(service))
        opened.append(connection)
        return connection

    yield make
    for connection in opened:
        await connection.close()
