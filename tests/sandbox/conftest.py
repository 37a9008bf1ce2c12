from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.ledger.schema import Connection, open_ledger
from tests.sandbox.running import Platform, Sandbox, platform, sandbox


@pytest_asyncio.fixture
async def side() -> AsyncIterator[Platform]:
    async with platform() as side:
        yield side


@pytest_asyncio.fixture
async def running(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with sandbox(tmp_path) as running:
        yield running


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    connection = open_ledger(tmp_path / "ledger.sqlite")
    yield connection
    connection.close()
