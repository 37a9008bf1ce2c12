from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from typing_extensions import override

from libs.clock import Clock
from libs.database.pool import Database, OwnConnection
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.catalogue.areas.area_index import AreaIndex
from services.catalogue.public_services.service_index import ServiceIndex
from services.catalogue.public_services.use_cases import set_open
from services.catalogue.refresh import Refresh
from services.catalogue.snapshot import Snapshot
from tests.libs.messaging.scenes import running
from tests.services.catalogue.publishing.scenes import SERVICE, content, published
from tests.services.catalogue.running import client_of
from tests.services.catalogue.scenes import AT, announced, empty_outbox, loaded, with_service
from tests.waiting import until


class Interruptible(Database):
    """A database that can be switched off."""

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


class Catalogue:
    """The snapshots of one process, and a client of their routes."""

    def __init__(self, database: Database, now: Callable[[], datetime] | None = None) -> None:
        services, areas = Snapshot[ServiceIndex](60), Snapshot[AreaIndex](60)
        self.refresh = Refresh(
            database,
            Tracing("catalogue"),
            services,
            areas,
            metrics=Metrics("catalogue"),
            adapter_of_bodies="hosted",
            every_s=0.05,
            clock=Clock(now) if now else None,
        )
        self.client = client_of(services, areas)

    def is_ready(self) -> bool:
        return self.refresh.health().ready

    def is_without_database(self) -> bool:
        return "database" in self.refresh.health().detail

    async def service(self, public_service_id: str = "S001") -> Any:
        """Return the view of a public service."""
        return (await self.client.get(f"/v1/services/{public_service_id}")).json()


async def test_a_start_loads_serves_and_announces(database: Database) -> None:
    """After the start the reference is stored and served, and its events are in the outbox."""
    catalogue = Catalogue(database)
    assert not catalogue.is_ready()
    async with running(catalogue.refresh):
        await until(catalogue.is_ready)
        assert (await catalogue.client.get("/v1/services/S001")).status == 200
    async with database.transaction() as tx:
        assert len(await announced(tx)) == 81


async def test_a_change_by_another_process_is_served(database: Database) -> None:
    """A service that another process closes is shown closed."""
    await loaded(database)
    catalogue = Catalogue(database)

    async def is_closed() -> bool:
        return not (await catalogue.service())["open"]

    async with running(catalogue.refresh):
        await until(catalogue.is_ready)
        assert not await is_closed()
        async with database.transaction() as tx:
            await set_open(tx, "S001", is_open=False, by="rahima", at=AT)
        await until(is_closed)
    closed = await catalogue.client.get("/v1/services", {"open": "false"})
    assert "S001" in {row["public_service_id"] for row in closed.json()["items"]}


async def test_the_snapshot_is_served_while_the_database_is_away(database: Database) -> None:
    """Without the database the last snapshot is served; changes are read when it returns."""
    away = Interruptible(database)
    catalogue = Catalogue(away)

    async def fee() -> Any:
        return (await catalogue.service())["fee"]["amount_bdt"]

    async def has_new_fee() -> bool:
        return bool(await fee() == 75)

    async with running(catalogue.refresh):
        await until(catalogue.is_ready)
        away.away = True
        await until(catalogue.is_without_database)
        assert catalogue.is_ready()
        assert await fee() == 50
        assert (await catalogue.client.get("/v1/services", {"q": "passport"})).status == 200
        await loaded(database, with_service("S001", fee_bdt=75))
        away.away = False
        await until(has_new_fee)


async def test_the_reference_is_loaded_when_the_database_returns(database: Database) -> None:
    """Until then the catalogue is live, not ready, and responds with 503."""
    away = Interruptible(database, away=True)
    catalogue = Catalogue(away)
    async with running(catalogue.refresh):
        await until(catalogue.is_without_database)
        assert catalogue.refresh.health().live
        assert not catalogue.is_ready()
        reply = await catalogue.client.get("/v1/services")
        assert reply.status == 503
        assert int(reply.headers["retry-after"]) > 0
        away.away = False
        await until(catalogue.is_ready)


async def test_an_unchanged_version_does_not_replace_the_snapshot(database: Database) -> None:
    """A refresh without a change returns the same serialised response."""
    services = Snapshot[ServiceIndex](60)
    areas = Snapshot[AreaIndex](60)
    refresh = Refresh(
        database,
        Tracing("catalogue"),
        services,
        areas,
        metrics=Metrics("catalogue"),
        adapter_of_bodies="hosted",
        every_s=0.05,
    )
    request = Request({"type": "http", "headers": []})
    await refresh.refresh()
    first = services.answer(request, ServiceIndex.view, "S001")
    await refresh.refresh()
    assert services.answer(request, ServiceIndex.view, "S001").body is first.body


async def test_a_version_holds_and_is_announced_when_its_day_begins(database: Database) -> None:
    """Nobody changes anything at midnight: what was published before is shown and told then."""
    at = [AT]
    catalogue = Catalogue(database, lambda: at[0])
    await catalogue.refresh.refresh()
    await published(database, content(), valid_from=AT.date() + timedelta(days=1))
    await empty_outbox(database)
    await catalogue.refresh.refresh()
    assert (await catalogue.service(SERVICE))["published"] is None
    at[0] += timedelta(days=1)
    await catalogue.refresh.refresh()
    await catalogue.refresh.refresh()
    assert (await catalogue.service(SERVICE))["published"]["version"] == 2
    async with database.transaction() as tx:
        (event,) = await announced(tx)
    assert (event.public_service_id, event.published) == (SERVICE, True)
