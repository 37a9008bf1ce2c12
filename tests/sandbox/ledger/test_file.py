import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
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


class Keeper:
    """Writes controls, and notes how many shared each commit."""

    def __init__(self) -> None:
        self.groups: list[int] = []

    def keep(
        self, connection: sqlite3.Connection, destinations: Sequence[str]
    ) -> list[str | Exception]:
        self.groups.append(len(destinations))
        for destination in destinations:
            save_control(connection, "test", destination, "{}", 0.0)
            if destination.startswith("broken"):
                raise sqlite3.IntegrityError("broken")
        return [
            Refused("no") if destination == "refused" else destination
            for destination in destinations
        ]


async def kept(ledger: LedgerFile) -> set[str]:
    return {destination for destination, _, _ in await ledger.read(load_controls, "test")}


async def test_a_write_is_readable_once_it_returned(ledger: LedgerFile) -> None:
    """Whoever got an answer finds the row in the file."""
    assert await ledger.write(Keeper().keep, "one") == "one"
    assert await kept(ledger) == {"one"}


async def test_writes_share_commits_and_each_gets_its_own_result(ledger: LedgerFile) -> None:
    """Hundreds of writes take a few commits, and no answer is mixed up."""
    keeper = Keeper()
    destinations = [str(number) for number in range(500)]
    assert (
        await asyncio.gather(*[ledger.write(keeper.keep, each) for each in destinations])
        == destinations
    )
    assert len(keeper.groups) < 10
    assert await kept(ledger) == set(destinations)


async def test_a_write_that_breaks_fails_alone(ledger: LedgerFile) -> None:
    """Neighbours in the same commit are written, and nothing of the broken one is."""
    keeper = Keeper()
    results = await asyncio.gather(
        *[ledger.write(keeper.keep, each) for each in ("first", "a", "broken", "b")],
        return_exceptions=True,
    )
    assert isinstance(results[2], Unavailable)
    assert results[0:2] + results[3:] == ["first", "a", "b"]
    assert await kept(ledger) == {"first", "a", "b"}


async def test_a_refusal_concerns_one_item(ledger: LedgerFile) -> None:
    """An exception in the place of a result is that item's own."""
    keeper = Keeper()
    results = await asyncio.gather(
        *[ledger.write(keeper.keep, each) for each in ("a", "refused")], return_exceptions=True
    )
    assert results[0] == "a"
    assert isinstance(results[1], Refused)


async def test_kinds_of_writes_mix(ledger: LedgerFile) -> None:
    """Writes of different kinds in one commit keep their own results."""

    def count(_: sqlite3.Connection, items: Sequence[int]) -> list[int]:
        return [item * 10 for item in items]

    keeper = Keeper()
    writes = [ledger.write(keeper.keep, "a"), ledger.write(keeper.keep, "b")]
    counts = [ledger.write(count, number) for number in range(3)]
    assert await asyncio.gather(*writes) == ["a", "b"]
    assert await asyncio.gather(*counts) == [0, 10, 20]
