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
from tests.services.programme.bodies.scenes import LAND, announced, connected
from tests.services.programme.figures.scenes import decided, read_counts
from tests.waiting import PATIENCE_S, until
from tools.embedded.kafka import EmbeddedKafka


async def test_what_other_services_announce_is_a_fact_once(
    empty_kafka: EmbeddedKafka, dsn_for: Callable[[str], Awaitable[str]]
) -> None:
    """A service is online, its system passed its check, and one decision makes it live."""
    dsn = await dsn_for("programme")
    settings = Settings.model_validate({"dsn": dsn, **as_operator(empty_kafka)})
    stop, database, overview = asyncio.Event(), Database(dsn, connections=1), Overview()
    await database.open()

    async def is_live() -> bool:
        async with database.transaction() as tx:
            states = await overview.states(tx, dhaka_date(utc_now()))
        return (states[LAND].online, states[LAND].connected, states[LAND].live) == (1, 1, 1)

    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(build(settings).run(stop))
        event, system = announced("S001", published=True), connected()
        await write_events(empty_kafka, event, event)
        await write_events(empty_kafka, system, system)
        decision = decided(occurred_at=utc_now())
        await write_events(empty_kafka, decision, decision)
        await until(is_live)
        stop.set()
    async with database.transaction() as tx:
        assert len(await overview.facts(tx)) == 2
        assert set((await read_counts(tx, dhaka_date(utc_now()))).values()) == {1}
    await database.close()
