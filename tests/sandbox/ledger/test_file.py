import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.errors import Refused, Unavailable
from sandbox.faults.queries import load_controls, save_control
from sandbox.ledger.file import LedgerFile
from sandbox.ledger.schema import open_ledger


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[LedgerFile]:
    path = tmp_path / "ledger.sqlite"
    ledger = LedgerFile(open_ledger(path), open_ledger(path, read_only=True))
    yield ledger
    ledger.close()


def write_control(connection: sqlite3.Connection, destination: str) -> str:
    """Write a control, and fail if its name says so."""
    save_control(connection, "test", destination, "{}", 0.0)
    if destination == "broken":
        raise sqlite3.IntegrityError("broken")
    if destination == "refused":
        raise Refused("no")
    return destination


async def controls(ledger: LedgerFile) -> set[str]:
    return {destination for destination, _, _ in await ledger.read(load_controls, "test")}


async def test_a_write_is_readable_when_it_returns(ledger: LedgerFile) -> None:
    """The row is in the file before the response."""
    assert await ledger.write(write_control, "one") == "one"
    assert await controls(ledger) == {"one"}


async def test_writes_share_a_commit_and_get_their_own_results(ledger: LedgerFile) -> None:
    """The writes of one turn of the event loop are one transaction."""

    def look(connection: sqlite3.Connection) -> str:
        return f"{connection.total_changes >= 500} {connection.in_transaction}"

    destinations = [str(number) for number in range(500)]
    writes = [ledger.write(write_control, destination) for destination in destinations]
    results = await asyncio.gather(*writes, ledger.write(look))
    assert results == [*destinations, "True True"]
    assert await controls(ledger) == set(destinations)


@pytest.mark.parametrize(("bad", "failure"), [("broken", Unavailable), ("refused", Refused)])
async def test_a_failed_write_does_not_fail_others(
    ledger: LedgerFile, bad: str, failure: type[Exception]
) -> None:
    """The others of the same commit are written, and nothing of the failed one is."""
    results = await asyncio.gather(
        *[ledger.write(write_control, each) for each in ("first", "a", bad, "b")],
        return_exceptions=True,
    )
    assert isinstance(results[2], failure)
    assert results[0:2] + results[3:] == ["first", "a", "b"]
    assert await controls(ledger) == {"first", "a", "b"}
