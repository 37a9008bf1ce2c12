"""The whole service on real Kafka and PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable

from libs.bangladesh.calendar import dhaka_date
from libs.clock import utc_now
from libs.database.pool import Database
from services.programme.bodies.overview import Overview
from services.programme.main import build
from services.programme.settings import Settings
from tests.libs.messaging.scenes import write_events
from tests.operating import as_operator
from tests.services.programme.bodies.scenes import LAND, announced
from tests.waiting import PATIENCE_S, until
from tools.embedded.kafka import EmbeddedKafka


async def test_what_the_catalogue_announces_is_a_fact_once(
    empty_kafka: EmbeddedKafka, dsn_for: Callable[[str], Awaitable[str]]
) -> None:
    """Announced twice; a service that two people have published is online."""
    dsn = await dsn_for("programme")
    settings = Settings.model_validate({"dsn": dsn, **as_operator(empty_kafka)})
    stop, database, overview = asyncio.Event(), Database(dsn, connections=1), Overview()
    await database.open()

    async def is_online() -> bool:
        async with database.transaction() as tx:
            states = await overview.states(tx, dhaka_date(utc_now()))
        return states[LAND].online == 1

    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(build(settings).run(stop))
        event = announced("S001", published=True)
        await write_events(empty_kafka, event, event)
        await until(is_online)
        stop.set()
    async with database.transaction() as tx:
        assert len(await overview.facts(tx)) == 1
    await database.close()
