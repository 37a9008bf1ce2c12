import asyncio

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from services.ministries.domain import Case
from services.ministries.store import cases
from tests.services.ministries.scenes import APPLICATION, LAND, NUMBER


async def test_what_a_ministry_told_is_kept(tx: Transaction) -> None:
    """A case is opened once and keeps its file number, its receipt, and what everybody knows."""
    known = Case(APPLICATION, LAND, NUMBER, new_id(), frozenset([new_id(), new_id()]))
    await cases.open_cases(tx, [Case(APPLICATION, LAND)])
    await cases.save_cases(tx, [known])
    await cases.open_cases(tx, [Case(APPLICATION, LAND)])
    held = await cases.lock_cases(tx, [APPLICATION, new_id()])
    assert held == {APPLICATION: known}


async def test_whoever_holds_a_case_is_waited_for(database: Database) -> None:
    """Two transactions about one application take turns, so what they tell keeps its order."""
    async with database.transaction() as tx:
        await cases.open_cases(tx, [Case(APPLICATION, LAND)])
    order: list[str] = []

    async def second() -> None:
        async with database.transaction() as tx:
            await cases.open_cases(tx, [Case(APPLICATION, LAND)])
            order.append("second")

    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await cases.lock_cases(tx, [APPLICATION])
        tasks.create_task(second())
        await asyncio.sleep(0.1)
        order.append("first")
    assert order == ["first", "second"]
