import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from typing_extensions import override

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.messaging.reading.batch import Batch
from libs.service import Resources
from services.applications.public_services import queries
from services.applications.public_services.cache import PublicServiceCache
from services.applications.public_services.capability import capability
from services.applications.public_services.consumers import router
from services.applications.public_services.rules import PublicService
from services.applications.public_services.use_cases import copy_public_services, refresh_cache
from services.applications.settings import Settings
from tests.consuming import consuming
from tests.services.applications.scenes import public_service, service_changed
from tests.waiting import PATIENCE_S


async def test_the_newest_version_is_stored(tx: Transaction) -> None:
    """The latest change is stored; at equal times the later record is."""
    old = service_changed(open=True)
    new = service_changed(open=False, occurred_at=old.occurred_at + timedelta(seconds=1))
    same_time = service_changed(open=True, occurred_at=new.occurred_at)
    await copy_public_services(tx, Batch.of(new, old))
    await copy_public_services(tx, Batch.of(old))
    [stored] = await queries.read_public_services(tx, ["S001"])
    assert (stored.open, stored.event_id) == (False, new.event_id)
    await copy_public_services(tx, Batch.of(same_time))
    assert await queries.public_service_versions(tx) == {"S001": same_time.event_id}


async def test_a_broken_public_service_is_refused(tx: Transaction) -> None:
    """A broken form, a broken rule or an unknown ministry is refused; the rest is stored."""
    batch = Batch.of(
        service_changed("S001", form_schema={"type": "nonsense"}),
        service_changed("S005"),
        service_changed("S010", form_rules=({"id": "x", "must": {"fact": "f", "like": 1}},)),
        service_changed("S016", ministry="nobody"),
    )
    await copy_public_services(tx, batch)
    assert [reason.code for _, reason in batch.refused] == [
        "form_schema_broken",
        "form_schema_broken",
        "ministry_unknown",
    ]
    assert set(await queries.public_service_versions(tx)) == {"S005"}


async def test_a_stored_service_keeps_the_order_of_its_fields(tx: Transaction) -> None:
    """The order is needed for field errors, which are listed in the order of the form."""
    copy = public_service("S001")
    await queries.save_public_services(tx, [copy])
    [stored] = await queries.read_public_services(tx, ["S001"])
    assert stored == copy
    assert [*stored.form_schema["properties"]] == [*copy.form_schema["properties"]]


async def test_a_refresh_loads_only_what_has_changed(tx: Transaction) -> None:
    """Services that any replica stored are loaded; unchanged ones are not replaced."""
    cache = PublicServiceCache()
    with pytest.raises(Unavailable):
        await refresh_cache(tx, cache)
    await copy_public_services(tx, Batch.of(service_changed("S001"), service_changed("S005")))
    await refresh_cache(tx, cache)
    before = cache.find("S005")
    await copy_public_services(tx, Batch.of(service_changed("S001", open=False)))
    await refresh_cache(tx, cache)
    assert not cache.find("S001").public_service.open
    assert cache.find("S005") is before


class ObservedCache(PublicServiceCache):
    """A cache with an event that is set when services are added."""

    def __init__(self) -> None:
        super().__init__()
        self.filled = asyncio.Event()

    @override
    def put(self, public_services: Iterable[PublicService]) -> None:
        super().put(public_services)
        self.filled.set()


async def test_a_change_in_this_process_refreshes_the_cache_immediately(database: Database) -> None:
    """The commit of the copy starts a refresh, although the interval is ten minutes."""
    services, stop = ObservedCache(), asyncio.Event()
    settings = Settings(catalogue_refresh_s=600)
    resources = replace(Resources.of("applications", settings), database=database)
    [refresher] = capability(resources, settings, services).components
    assert not refresher.health().ready
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(PATIENCE_S):
        tasks.create_task(refresher.run(stop))
        async with database.transaction() as tx, consuming(router, tx) as consume:
            await consume(service_changed("S001"))
        await services.filled.wait()
        stop.set()
    assert services.find("S001")
    assert refresher.health().ready
