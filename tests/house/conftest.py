"""A connection to each service's database, for rules that ask PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest

from libs.database.migrate import migrate
from tools.embedded.postgres import EmbeddedPostgres

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connect: TypeAlias = Callable[[str], Awaitable[Connection]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the rules that need no database."""
    for item in items:
        in_this_folder = Path(__file__).parent in item.path.parents
        if in_this_folder and item.get_closest_marker("database") is None:
            item.add_marker(pytest.mark.static)


@pytest.fixture(scope="session")
async def new_databases() -> dict[str, str]:
    """DSN by service of databases that no other test has filled or analysed."""
    return {}


@pytest.fixture
async def connect(
    postgres: EmbeddedPostgres, new_databases: dict[str, str]
) -> AsyncIterator[Connect]:
    """Connect to a database of a service that is migrated and as good as new."""
    opened: list[Connection] = []

    async def make(service: str) -> Connection:
        if service not in new_databases:
            name = f"{service}_house"
            new_databases[service] = await postgres.ensure_database(name, "only-for-tests")
            await migrate(postgres.owner_dsn(name), service)
        connection = await asyncpg.connect(new_databases[service])
        opened.append(connection)
        return connection

    yield make
    for connection in opened:
        await connection.close()
