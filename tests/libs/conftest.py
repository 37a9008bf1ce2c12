from collections.abc import AsyncIterator

import pytest

from libs.database.pool import Database
from tests.conftest import DatabaseFor
from tests.libs.jobs.scenes import errands


@pytest.fixture
async def database(database_for: DatabaseFor) -> Database:
    """One of the test's own: what runs on it in a test of the libraries ends with it."""
    return await database_for("identity")


@pytest.fixture
async def errands_table(database: Database) -> AsyncIterator[None]:
    """A table of due rows."""
    async with errands(database):
        yield
