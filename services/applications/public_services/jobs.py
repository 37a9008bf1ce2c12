"""Keeps the cache of public services like the stored copy."""

from libs.database.pool import Database
from services.applications.public_services import use_cases
from services.applications.public_services.cache import PublicServiceCache
from services.applications.repeating import Repeating


def cache_refresher(database: Database, cache: PublicServiceCache, *, every_s: float) -> Repeating:
    """Refresh the cache every so often, and at once after a change in this process."""

    async def refresh() -> None:
        async with database.transaction() as tx:
            await use_cases.refresh_cache(tx, cache)

    component = Repeating("public services", every_s, refresh)
    database.on_notification(use_cases.PUBLIC_SERVICES_CHANGED, component.wake)
    return component
