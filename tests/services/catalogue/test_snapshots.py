import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from typing_extensions import override

from libs.database.pool import Database, OwnConnection
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from services.catalogue.public_services.service_index import ServiceIndex
from services.catalogue.public_services.use_cases import set_open
from services.catalogue.snapshots import Snapshots
from tests.services.catalogue.running import Caller, caller_of, snapshots_from, until
from tests.services.catalogue.scenes import AT, announced, loaded, with_service


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
        async with self._behind.transaction() as tx:
            yield tx


@asynccontextmanager
async def running(snapshots: Snapshots) -> AsyncIterator[None]:
    """Run the component while the test lasts."""
    stop = asyncio.Event()
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        tasks.create_task(snapshots.run(stop))
        try:
            yield
        finally:
            stop.set()


def caller(snapshots: Snapshots) -> Caller:
    return caller_of(snapshots.services, snapshots.areas)


async def until_ready(snapshots: Snapshots) -> None:
    async def is_ready() -> bool:
        return snapshots.health().ready

    await until(is_ready, wanted=True)


async def until_away(snapshots: Snapshots) -> None:
    async def is_away() -> bool:
        return "database away" in snapshots.health().detail

    await until(is_away, wanted=True)


async def test_a_start_loads_serves_and_announces(database: Database) -> None:
    """Once ready, the reference is stored and served, and its events are in the outbox."""
    snapshots = snapshots_from(database)
    assert not snapshots.health().ready
    async with running(snapshots):
        await until_ready(snapshots)
        assert (await caller(snapshots).get("/v1/services/S001")).status == 200
    async with database.transaction() as tx:
        assert len(await announced(tx)) == 81


async def test_a_change_made_elsewhere_is_served_soon(database: Database) -> None:
    """A service that another process closes is shown closed."""
    await loaded(database)
    snapshots = snapshots_from(database)
    async with running(snapshots):
        await until_ready(snapshots)
        client = caller(snapshots)

        async def is_open() -> Any:
            return (await client.get("/v1/services/S001")).json()["open"]

        assert await is_open() is True
        async with database.transaction() as tx:
            await set_open(tx, "S001", is_open=False, by="rahima", at=AT)
        await until(is_open, wanted=False)
        assert (await client.get("/v1/services", {"open": "false"})).json()["total"] == 1


async def test_the_snapshot_is_served_while_the_database_is_away(database: Database) -> None:
    """Without the database the last snapshot is served; afterwards changes are seen again."""
    away = Interruptible(database)
    snapshots = snapshots_from(away)
    async with running(snapshots):
        await until_ready(snapshots)
        client = caller(snapshots)

        async def fee() -> Any:
            return (await client.get("/v1/services/S001")).json()["fee"]["amount_bdt"]

        away.away = True
        await until_away(snapshots)
        assert snapshots.health().ready
        assert await fee() == 50
        assert (await client.get("/v1/services", {"q": "passport"})).status == 200
        await loaded(database, with_service("S001", fee_bdt=75))
        away.away = False
        await until(fee, wanted=75)


async def test_a_start_without_a_database_waits_for_it(database: Database) -> None:
    """The component is live but not ready, and loads when the database comes."""
    away = Interruptible(database, away=True)
    snapshots = snapshots_from(away)
    async with running(snapshots):
        await until_away(snapshots)
        assert snapshots.health().live
        assert not snapshots.health().ready
        with pytest.raises(Unavailable):
            snapshots.current()
        away.away = False
        await until_ready(snapshots)


async def test_an_unchanged_version_keeps_the_snapshot(database: Database) -> None:
    """The snapshot and its serialised bodies stay the same objects."""
    await loaded(database)
    snapshots = snapshots_from(database)
    await snapshots.refresh()
    snapshot = snapshots.current()
    body = snapshot.services.read(ServiceIndex.view, "S001")
    await snapshots.refresh()
    assert snapshots.current() is snapshot
    assert snapshot.services.read(ServiceIndex.view, "S001") is body
