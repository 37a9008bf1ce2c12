"""An erased citizen's forms are gone; a ministry that may have them is told of the withdrawal."""

import asyncio
from typing import Any

from libs.contracts.identity import CitizenErased
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.jobs import Lease
from services.ministries.connections.rules import Connection
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.deliveries.rules import Delivery, Kind
from services.ministries.erasure.use_cases import erase_citizen
from services.ministries.exchanges import use_cases as exchanges
from services.ministries.inquiries import use_cases as inquiries
from tests.libs.messaging.scene import until_one_waits
from tests.services.ministries.scenes import (
    claim,
    decision,
    planned,
    row_of,
    submission,
    succeeded,
)

RAHIMA = new_id()
LEASE = Lease("w1", limit=10, per_destination=1, duration_s=60)


def hers(kind: Kind = "lodged", **fields: Any) -> Any:
    """A submission of the citizen."""
    made = submission(kind, **fields)
    return made.model_copy(update={"applicant_id": RAHIMA, "actor_id": RAHIMA})


async def forms(tx: Transaction) -> int:
    """How many deliveries have a form."""
    count: int = await tx.fetchval("SELECT count(*) FROM deliveries WHERE form IS NOT NULL")
    return count


async def kinds(tx: Transaction) -> list[tuple[str, str]]:
    """Kind and state of the deliveries, in order."""
    rows = await tx.fetch("SELECT kind, state FROM deliveries ORDER BY delivery_no")
    return [(row["kind"], row["state"]) for row in rows]


async def handed_over(tx: Transaction, delivery: Delivery) -> None:
    """The ministry has taken the delivery."""
    await deliveries.record_results(tx, [succeeded(delivery, decision())])


async def test_what_was_never_tried_is_deleted(tx: Transaction) -> None:
    """The ministry has nothing of it, so its withdrawal is not delivered either."""
    await planned(tx, hers())
    confirmed = await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    await planned(tx, hers("withdrawn"))
    assert confirmed.deleted == {
        "forms": 1, "file_numbers": 0, "dead_letters": 0, "unpublished": 0,
    }  # fmt: skip
    assert await kinds(tx) == []


async def test_a_submission_that_is_being_stored_is_deleted_too(database: Database) -> None:
    """It has looked for the mark before it was there; the erasure waits for it."""

    async def erase() -> None:
        async with database.transaction() as tx:
            await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))

    async with asyncio.TaskGroup() as tasks:
        async with database.transaction() as tx:
            await planned(tx, hers())
            erasing = tasks.create_task(erase())
            await until_one_waits(database)
        await erasing
    async with database.transaction() as tx:
        assert await kinds(tx) == []


async def test_what_was_tried_counts_as_handed_over(tx: Transaction) -> None:
    """Its answer may have been lost: the form goes, and a withdrawal follows, without a person."""
    await planned(tx, hers())
    await claim(tx)
    await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    assert await forms(tx) == 0
    (withdrawal,) = await planned(tx, hers("withdrawn"))
    assert await kinds(tx) == [("lodged", "handed_over"), ("withdrawn", "open")]
    stored = await row_of(tx, withdrawal)
    assert (stored["applicant_id"], stored["actor_id"]) == (None, None)


async def test_the_result_of_a_call_under_way_changes_nothing(tx: Transaction) -> None:
    """The call began before the erasure."""
    await planned(tx, hers())
    (called,) = await claim(tx)
    await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    await handed_over(tx, called)
    assert await kinds(tx) == [("lodged", "handed_over")]
    assert await forms(tx) == 0


async def test_file_numbers_are_deleted(tx: Transaction) -> None:
    """The ministry's file has them."""
    (delivery,) = await planned(tx, hers())
    await handed_over(tx, delivery)
    confirmed = await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    assert confirmed.deleted["file_numbers"] == 1
    assert confirmed.kept == {"applications": 1}
    number = await tx.fetchval("SELECT case_file_number FROM applications")
    assert number is None


async def test_an_older_submission_that_comes_later_is_not_stored(tx: Transaction) -> None:
    """Nor is that of the next batch."""
    await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    await planned(tx, hers(), hers("corrected"))
    assert await kinds(tx) == []


async def test_a_repeat_confirms_the_same(tx: Transaction) -> None:
    """With the same event id, and nothing left to delete."""
    await planned(tx, hers())
    event = CitizenErased(citizen_id=RAHIMA)
    first, second = await erase_citizen(tx, event), await erase_citizen(tx, event)
    assert first.event_id == second.event_id
    assert set(second.deleted.values()) == {0}


async def test_another_citizen_is_not_affected(tx: Transaction) -> None:
    """Deliveries of others go on."""
    await planned(tx, hers(application_id=new_id()), submission())
    await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    assert await kinds(tx) == [("lodged", "open")]
    assert await forms(tx) == 1


async def test_batches_and_questions_forget_her(tx: Transaction) -> None:
    """Her row is not in a file that is still to be sent, and nobody is asked about her."""
    (delivery,) = await planned(tx, hers())
    await planned(tx, submission(application_id=new_id()))
    connection = Connection(adapter="files", address="sftp://a@b/c")
    assert await exchanges.make_batches(tx, {delivery.ministry: connection}) == 1
    (due,) = await exchanges.claim(tx, LEASE)
    assert list(due.batches[0].rows) == [1, 2]
    said = succeeded(delivery, decision())
    await inquiries.record_deliveries(tx, [said], asked=[delivery.ministry])
    await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    await tx.execute("UPDATE exchanges SET claimed_until = NULL")
    (due,) = await exchanges.claim(tx, LEASE)
    assert list(due.batches[0].rows) == [2]
    assert await tx.fetchval("SELECT count(*) FROM inquiries") == 0
