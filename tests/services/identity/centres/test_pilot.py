from libs.contracts.identity import ServiceCentreChanged
from libs.database.pool import Database
from tests.services.identity.running import announced, running
from tests.waiting import until


async def test_the_centres_of_the_pilot_are_told_once(database: Database, dsn: str) -> None:
    """At the first start; a later one finds them there."""

    async def told() -> list[str]:
        events = await announced(database)
        return [
            event.service_centre_id for event in events if isinstance(event, ServiceCentreChanged)
        ]

    async def all_are_told() -> bool:
        return sorted(await told()) == ["gulshan", "nilkhet", "uttara"]

    for _ in range(2):
        async with running(database, dsn, pilot_centres=True):
            await until(all_are_told)
    assert await all_are_told()
