"""Counts grow with events, and make services live."""

import asyncio
from datetime import date, timedelta

from libs.database.pool import Database
from libs.database.transaction import Transaction
from services.programme.bodies.overview import Overview
from services.programme.bodies.use_cases import record_connections, record_services
from services.programme.figures.use_cases import count
from tests.services.programme.bodies.scenes import LAND, announced, connected
from tests.services.programme.figures.scenes import (
    AT,
    SERVICE,
    TODAY,
    decided,
    rated,
    read_counts,
    submitted,
)


async def read(tx: Transaction) -> dict[str, int]:
    """What is counted since the beginning, by its name."""
    found = await read_counts(tx, date(2016, 1, 1))
    return {key.metric: number for key, number in found.items()}


async def test_counts_of_batches_add_up(tx: Transaction) -> None:
    """A batch without anything to count writes nothing."""
    await count(tx, [submitted(), submitted(), rated(5)])
    await count(tx, [submitted(), decided()])
    await count(tx, [])
    assert await read(tx) == {"submitted": 3, "rated_5": 1, "approved": 1}


async def test_a_service_is_live_when_an_application_is_decided(tx: Transaction) -> None:
    """Online, connected, and decided in the last 30 days; the cached overview hears of it."""
    overview = Overview()
    await record_services(tx, [announced(SERVICE, published=True)])
    await record_connections(tx, [connected()])

    async def live(day: date = TODAY) -> int:
        return (await overview.states(tx, day))[LAND].live

    assert await live() == 0
    await count(tx, [decided()])
    assert await live() == 1
    assert await live(TODAY + timedelta(days=29)) == 1
    assert await live(TODAY + timedelta(days=30)) == 0


async def test_a_day_that_was_decided_before_changes_no_version(tx: Transaction) -> None:
    """So that the overview is read again once a service and day, and not with every decision."""
    await count(tx, [decided()])
    version = await _version(tx)
    await count(tx, [decided(), decided(outcome="refused")])
    assert await _version(tx) == version
    await count(tx, [decided(occurred_at=AT + timedelta(days=1))])
    assert await _version(tx) == version + 1


async def test_batches_at_the_same_time_add_up(database: Database) -> None:
    """Each of them has services of all the others, in another order."""
    events = [decided(public_service_id=f"S{n:03}") for n in range(1, 9)]

    async def one(shift: int) -> None:
        async with database.transaction() as tx:
            await count(tx, events[shift:] + events[:shift])

    async with asyncio.TaskGroup() as tasks:
        for shift in range(8):
            tasks.create_task(one(shift))
    async with database.transaction() as tx:
        assert await read(tx) == {"approved": 8}
        assert len(await read_counts(tx, TODAY)) == 8


async def _version(tx: Transaction) -> int:
    version: int = await tx.fetchval("SELECT version FROM facts_version")
    return version
