import asyncio

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.messaging.sweep import Sweep
from tests.libs.messaging.scene import running, until


async def test_a_sweep_goes_on_while_it_finds_something_and_then_rests(database: Database) -> None:
    """A backlog is worked off in small steps without a pause between them."""
    left = [3, 2, 1, 0]
    steps: list[int] = []

    async def step(tx: Transaction) -> int:
        await tx.execute("SELECT 1")
        steps.append(left.pop(0) if left else 0)
        return steps[-1]

    async with running(Sweep("sweep", step, database=database, every_s=60.0)):
        await until(lambda: len(steps) == 4)
        await asyncio.sleep(0.1)
    assert steps == [3, 2, 1, 0]


async def test_a_sweep_does_not_rest_before_the_database_is_back(database: Database) -> None:
    """Whoever sweeps once a minute is ready again a moment after the database."""
    away = [True, True, False]

    async def step(_: Transaction) -> int:
        if away.pop(0):
            raise Unavailable("database", "away")
        return 0

    sweep = Sweep("sweep", step, database=database, every_s=60.0)
    async with running(sweep):
        await until(lambda: not away)
        await until(lambda: sweep.health().ready)


async def test_a_sweep_goes_on_after_the_database_was_away() -> None:
    """A sweep that cannot reach the database says so and tries again."""
    calls = 0

    async def step(_: Transaction) -> int:
        nonlocal calls
        calls += 1
        return 0

    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")
    sweep = Sweep("sweep", step, database=nowhere, every_s=0.01)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sweep.run(stop))
        await asyncio.sleep(0.1)
        assert not sweep.health().ready
        assert sweep.health().live
        stop.set()
    assert calls == 0
