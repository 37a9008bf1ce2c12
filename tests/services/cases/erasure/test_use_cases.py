import asyncio

from libs.contracts.identity import CitizenErased
from libs.database.pool import Database
from libs.ids import new_id
from services.cases.erasure.use_cases import erase_citizen
from tests.libs.messaging.scenes import until_one_waits
from tests.services.cases.scenes import (
    NOW,
    RAHIMA,
    Desk,
    erase,
    submitted,
    withdrawn,
)


async def test_an_open_case_is_emptied_and_a_decided_one_sealed(database: Database) -> None:
    """A decided one keeps its form for its office; nothing leads to its person any more."""
    desk = await Desk(database).prepare()
    still_open, taken_back = submitted(), submitted()
    decided = submitted("S024", answers={"kind": "theft"})
    other = submitted(applicant_id=new_id())
    await desk.take_in(still_open, taken_back, decided, other, withdrawn(taken_back))
    told = await erase(database)
    assert told["deleted"]["cases"] == 2
    assert told["kept"] == {"sealed_cases": 1}
    assert await desk.rows("SELECT count(*) FROM tasks") == [(2,)]
    kept = await desk.rows("SELECT case_id FROM case_content ORDER BY case_id")
    assert kept == sorted([(decided.event_id,), (other.event_id,)])
    found = "SELECT count(*) FROM cases WHERE citizen_id = '{}'"
    assert await desk.rows(found.format(RAHIMA)) == [(0,)]
    assert (await desk.file(decided)).state.outcome == "refused"


async def test_what_comes_after_an_erasure_is_not_stored(database: Database) -> None:
    """A repeat of the erasure finds nothing, and confirms."""
    desk = await Desk(database).prepare()
    await erase(database)
    first = submitted()
    await desk.take_in(first)
    assert await desk.rows("SELECT count(*) FROM cases") == [(0,)]
    assert (await erase(database))["kept"] == {"sealed_cases": 0}


async def test_what_is_being_stored_during_an_erasure_is_not_there_after_it(
    database: Database,
) -> None:
    """Whichever of both comes first, and ends later."""
    desk, first = await Desk(database).prepare(), submitted()
    async with asyncio.TaskGroup() as tasks:
        async with database.transaction() as tx:
            await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA, occurred_at=NOW), at=NOW)
            storing = tasks.create_task(desk.take_in(first))
            await until_one_waits(database)
        await storing
    assert await desk.rows("SELECT count(*) FROM cases") == [(0,)]
