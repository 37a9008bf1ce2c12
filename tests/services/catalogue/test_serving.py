"""What is served comes from memory: it follows changes, and outlives the database."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from typing_extensions import override

from libs.database.pool import Database, OwnConnection
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from services.catalogue.api import _OneService
from services.catalogue.commands import set_open
from services.catalogue.serving import Serving
from tests.services.catalogue.running import caller_of, serving_from, until
from tests.services.catalogue.scenes import loaded, told, with_service


class Interruptible(Database):
    """A database that can be away."""

    def __init__(self, behind: Database, *, away: bool = False) -> None:
        super().__init__("")
        self._behind = behind
        self.away = away

    @override
    @asynccontextmanager
    async def transaction(self, own: OwnConnection | None = None) -> AsyncIterator[Transaction]:
        if self.away:
            raise Unavailable("database", "away")
        async with self._behind.transaction(own) as tx:
            yield tx


@asynccontextmanager
async def running(serving: Serving) -> AsyncIterator[None]:
    """The part at work, stopped in good order at the end."""
    stop = asyncio.Event()
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        tasks.create_task(serving.run(stop))
        try:
            yield
        finally:
            stop.set()


async def until_ready(serving: Serving) -> None:
    async def is_ready() -> bool:
        return serving.health().ready

    await until(is_ready, wanted=True)


async def until_away(serving: Serving) -> None:
    async def is_away() -> bool:
        return "database away" in serving.health().detail

    await until(is_away, wanted=True)


async def test_a_start_loads_serves_and_tells(database: Database) -> None:
    """An empty database is full once the part is ready, and the events wait for the relay."""
    serving = serving_from(database)
    assert not serving.health().ready
    async with running(serving):
        await until_ready(serving)
        assert (await caller_of(serving.stock).get("/v1/services/S001")).status == 200
    async with database.transaction() as tx:
        assert len(await told(tx)) == 81


async def test_a_change_made_elsewhere_is_served_soon(database: Database) -> None:
    """A service that an operator closes in another process is shown closed."""
    await loaded(database)
    serving = serving_from(database)
    async with running(serving):
        await until_ready(serving)
        caller = caller_of(serving.stock)

        async def is_open() -> Any:
            return (await caller.get("/v1/services/S001")).json()["open"]

        assert await is_open() is True
        async with database.transaction() as tx:
            await set_open(tx, "S001", is_open=False, by="rahima")
        await until(is_open, wanted=False)
        assert (await caller.get("/v1/services", {"open": "false"})).json()["total"] == 1


async def test_reads_go_on_while_the_database_is_away(database: Database) -> None:
    """What was read before is still served and stays ready; afterwards changes are seen again."""
    away = Interruptible(database)
    serving = serving_from(away)
    async with running(serving):
        await until_ready(serving)
        caller = caller_of(serving.stock)

        async def fee() -> Any:
            return (await caller.get("/v1/services/S001")).json()["fee"]["amount_bdt"]

        away.away = True
        await until_away(serving)
        assert serving.health().ready
        assert await fee() == 50
        assert (await caller.get("/v1/services", {"q": "passport"})).status == 200
        await loaded(database, with_service("S001", fee_bdt=75))
        away.away = False
        await until(fee, wanted=75)


async def test_a_start_without_a_database_waits_for_it(database: Database) -> None:
    """The part is not ready, lives, and loads when the database comes."""
    away = Interruptible(database, away=True)
    serving = serving_from(away)
    async with running(serving):
        await until_away(serving)
        assert serving.health().live
        assert not serving.health().ready
        with pytest.raises(Unavailable):
            serving.stock()
        away.away = False
        await until_ready(serving)


async def test_nothing_is_read_anew_while_nothing_has_changed(database: Database) -> None:
    """The stock stays the very same one, rendered answers with it."""
    await loaded(database)
    serving = serving_from(database)
    await serving.refresh()
    stock = serving.stock()
    await serving.refresh()
    assert serving.stock() is stock


async def test_a_read_costs_microseconds(database: Database) -> None:
    """An answer that was given before is looked up, not made again; run with -rP to see."""
    await loaded(database)
    serving = serving_from(database)
    await serving.refresh()
    question = _OneService("S001")
    first = serving.stock().rendered(question)
    began_s = time.perf_counter()
    for _ in range(1_000):
        serving.stock().rendered(question)
    each_us = (time.perf_counter() - began_s) * 1_000
    print(f"{each_us:.1f} microseconds")  # noqa: T201
    assert serving.stock().rendered(question) is first
