from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from libs.database.pool import Database
from tests.services.identity.running import Identity, running


@pytest.fixture
async def dsn(dsn_for: Callable[[str], Awaitable[str]]) -> str:
    """The DSN of identity's own database."""
    return await dsn_for("identity")


@pytest.fixture
async def identity(database: Database, dsn: str) -> AsyncIterator[Identity]:
    """A running identity service."""
    async with running(database, dsn) as identity:
        yield identity
