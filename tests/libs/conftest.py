from collections.abc import AsyncIterator

import pytest

from libs.database.pool import Database
from tests.libs.jobs.scene import errands


@pytest.fixture
async def errands_table(database: Database) -> AsyncIterator[None]:
    """A table of due rows."""
    async with errands(database):
        yield
