"""Public services on which officers work here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from libs.clock import utc_now
from libs.database.pool import Database
from services.catalogue.public_services.use_cases import set_service_adapter
from tests.pipeline.platform import Platform
from tests.waiting import until


async def set_adapter(platform: Platform, service: str, today: date, *, is_here: bool) -> None:
    """Have officers work on a public service here, or not; applications has heard of it."""
    async with catalogue(platform) as database, database.transaction() as tx:
        version = await set_service_adapter(
            tx, service, "desk" if is_here else None, valid_from=today, by="rahima", at=utc_now()
        )

    async def has_heard() -> bool:
        rows = await platform.rows(
            "applications",
            "SELECT adapters FROM public_services WHERE public_service_id = $1",
            service,
        )
        return f'"version":{version.version}' in rows[0]["adapters"]

    await until(has_heard)


@asynccontextmanager
async def catalogue(platform: Platform) -> AsyncIterator[Database]:
    """The catalogue's database."""
    database = Database(platform.dsn["catalogue"], connections=1)
    try:
        yield database
    finally:
        await database.close()
