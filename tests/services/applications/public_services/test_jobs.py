import asyncio
from collections.abc import Iterable

from typing_extensions import override

from libs.database.pool import Database
from libs.messaging.batch import Batch
from services.applications.public_services.cache import PublicServiceCache
from services.applications.public_services.jobs import cache_refresher
from services.applications.public_services.rules import PublicService
from services.applications.public_services.use_cases import copy_public_services
from tests.services.applications.builders import service_changed


class ObservedCache(PublicServiceCache):
    """A cache that says when it was filled."""

    def __init__(self) -> None:
        super().__init__()
        self.filled = asyncio.Event()

    @override
    def put(self, public_services: Iterable[PublicService]) -> None:
        super().put(public_services)
        self.filled.set()


async def test_a_change_in_this_process_reaches_the_cache_at_once(database: Database) -> None:
    """The commit of the copy wakes the refresher; its next round is ten minutes away."""
    cache, stop = ObservedCache(), asyncio.Event()
    refresher = cache_refresher(database, cache, every_s=600)
    assert not refresher.health().ready
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(5):
        tasks.create_task(refresher.run(stop))
        async with database.transaction() as tx:
            await copy_public_services(tx, Batch.of(service_changed("S001")))
        await cache.filled.wait()
        stop.set()
    assert cache.find("S001")
    assert refresher.health().ready
