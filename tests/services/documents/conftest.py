from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from libs.database.pool import Database
from tests.services.documents.running import Documents, running


@pytest.fixture
async def documents(
    database: Database, dsn_for: Callable[[str], Awaitable[str]], tmp_path: Path
) -> AsyncIterator[Documents]:
    """A running documents service."""
    async with running(database, await dsn_for("documents"), tmp_path) as started:
        yield started
