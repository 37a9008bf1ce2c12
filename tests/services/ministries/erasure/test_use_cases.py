"""An erased citizen's forms are gone; a ministry that may have them is told of the withdrawal."""

import asyncio
from typing import Any

from libs.contracts.identity import CitizenErased
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.jobs import Lease
from libs.telemetry.metrics import Metrics
from services.ministries.connections.rules import Connection
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.deliveries.rules import Delivery, Kind
from services.ministries.erasure.use_cases import erase_citizen
from services.ministries.exchanges import use_cases as exchanges
from services.ministries.exchanges.queries import save_answers
from services.ministries.inquiries import use_cases as inquiries
from tests.libs.messaging.scenes import until_one_waits
from tests.services.ministries.scenes import (
    claim,
    decision,
    planned,
    row_of,
    submission,
    succeeded,
)
from tests.services.scenes import left_alone

RAHIMA = new_id()
LEASE = Lease("w1", limit=10, per_destination=1, duration_s=60)


def hers(kind: Kind = "submitted", **fields: Any) -> Any:
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
    said = decision(application_id=delivery.application_id)
    await deliveries.record_results(tx, [succeeded(delivery, said)])


async def test_what_was_never_tried_is_deleted(tx: Transaction) -> None:
    """The ministry has nothing of it, so its withdrawal is not delivered either."""
    await planned(tx, hers())
    confirmed = await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    await planned(tx, hers("withdrawn"))
    assert {name: count for name, count in confirmed.deleted.items() if count} == {"forms": 1}
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
    assert await kinds(tx) == [("submitted", "handed_over"), ("withdrawn", "open")]
    stored = await row_of(tx, withdrawal)
    assert (stored["applicant_id"], stored["actor_id"]) == (None, None)


async def test_the_result_of_a_call_under_way_changes_nothing(tx: Transaction) -> None:
    """The call began before the erasure."""
    await planned(tx, hers())
    (called,) = await claim(tx)
    await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    await handed_over(tx, called)
    assert await kinds(tx) == [("submitted", "handed_over")]
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


async def test_a_withdrawal_that_waits_is_delivered(tx: Transaction) -> None:
    """The ministry has the application, or may have it, and is told without a person."""
    taken, waiting, unknown = new_id(), new_id(), new_id()
    (submitted,) = await planned(tx, hers(application_id=taken))
    await handed_over(tx, submitted)
    (withdrawal,) = await planned(tx, hers("withdrawn", application_id=taken))
    await planned(tx, hers(application_id=waiting))
    await claim(tx)
    (behind,) = await planned(tx, hers("withdrawn", application_id=waiting))
    await planned(tx, hers(application_id=unknown), hers("withdrawn", application_id=unknown))
    await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    open_ones = [
        dict(row)
        for row in await tx.fetch(
            """
            SELECT delivery_id, applicant_id, actor_id, trace_context, due_at IS NOT NULL AS is_due
              FROM deliveries WHERE state = 'open' ORDER BY delivery_no
            """
        )
    ]
    nobody = {"applicant_id": None, "actor_id": None, "trace_context": None, "is_due": True}
    assert open_ones == [
        {"delivery_id": delivery.delivery_id, **nobody} for delivery in (withdrawal, behind)
    ]


async def test_a_failed_withdrawal_stays_with_its_dead_letter(tx: Transaction) -> None:
    """An operator can still have it delivered."""
    (submitted,) = await planned(tx, hers())
    await handed_over(tx, submitted)
    (withdrawal,) = await planned(tx, hers("withdrawn"))
    await deliveries.mark_failed(tx, [withdrawal])
    await tx.execute(
        """
        INSERT INTO dead_letters (job_type, job_key, destination, headers, reason, detail,
                                  attempts, blocks, first_seen_at, last_seen_at)
        VALUES ('deliver', $1, 'ird', '', 'defect.X', '', 1, false, now(), now())
        """,
        str(withdrawal.delivery_id),
    )
    confirmed = await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    assert confirmed.deleted["dead_letters"] == 0
    assert await deliveries.resend(tx, [str(withdrawal.delivery_id)])
    assert await kinds(tx) == [("submitted", "handed_over"), ("withdrawn", "open")]


async def test_a_withdrawal_stays_in_its_batch(tx: Transaction) -> None:
    """The file that is still to be sent has it."""
    (submitted,) = await planned(tx, hers())
    await handed_over(tx, submitted)
    (withdrawal,) = await planned(tx, hers("withdrawn"))
    connection = Connection(adapter="files", address="sftp://a@b/c")
    assert (
        await exchanges.make_batches(tx, {withdrawal.ministry: connection}, Metrics("ministries"))
        == 1
    )
    await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    (due,) = await exchanges.claim(tx, LEASE)
    assert [row.delivery_id for row in due.batches[0].rows.values()] == [withdrawal.delivery_id]
    assert (await row_of(tx, withdrawal))["due_at"] is None


async def test_what_a_ministry_says_afterwards_has_no_number_and_no_note(tx: Transaction) -> None:
    """Each of its answers names the file: also that to the withdrawal, and a decision."""
    (submitted,) = await planned(tx, hers())
    await handed_over(tx, submitted)
    (withdrawal,) = await planned(tx, hers("withdrawn"))
    await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    await handed_over(tx, withdrawal)
    assert await tx.fetchval("SELECT case_file_number FROM applications") is None
    assert await tx.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_file_of_results_brings_no_number_back(tx: Transaction) -> None:
    """Of an erased citizen; of others it is kept."""
    (mine,) = await planned(tx, hers(application_id=new_id()))
    await planned(tx, submission(application_id=new_id()))
    connection = Connection(adapter="files", address="sftp://a@b/c")
    assert await exchanges.make_batches(tx, {mine.ministry: connection}, Metrics("ministries")) == 1
    (due,) = await exchanges.claim(tx, LEASE)
    batch_no = due.batches[0].batch_no
    await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    await tx.execute(
        """
        INSERT INTO batch_rows (ministry, batch_no, row_no, delivery_id)
        VALUES ($1, $2, 3, $3)
        """,
        mine.ministry, batch_no, mine.delivery_id,
    )  # fmt: skip
    numbers: dict[tuple[int, int], str | None] = {(batch_no, 2): "L/2", (batch_no, 3): "L/3"}
    await save_answers(tx, mine.ministry, numbers)
    rows = await tx.fetch("SELECT row_no, case_file_number FROM batch_rows ORDER BY row_no")
    assert [tuple(row) for row in rows] == [(2, "L/2"), (3, None)]


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
    assert await kinds(tx) == [("submitted", "open")]
    assert await forms(tx) == 1


async def test_batches_and_questions_forget_her(tx: Transaction) -> None:
    """Her row is not in a file that is still to be sent, and nobody is asked about her."""
    (delivery,) = await planned(tx, hers())
    await planned(tx, submission(application_id=new_id()))
    connection = Connection(adapter="files", address="sftp://a@b/c")
    assert (
        await exchanges.make_batches(tx, {delivery.ministry: connection}, Metrics("ministries"))
        == 1
    )
    (due,) = await exchanges.claim(tx, LEASE)
    assert list(due.batches[0].rows) == [1, 2]
    said = succeeded(delivery, decision())
    await inquiries.follow_deliveries(tx, [said], polled=lambda: [delivery.ministry])
    await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    await tx.execute("UPDATE exchanges SET claimed_until = NULL")
    (due,) = await exchanges.claim(tx, LEASE)
    assert list(due.batches[0].rows) == [2]
    assert await tx.fetchval("SELECT count(*) FROM inquiries") == 0


async def test_no_table_is_forgotten(tx: Transaction) -> None:
    """The erasure looks at each table that names a citizen or has an encrypted column."""
    await planned(tx, hers())
    erasure = erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    assert await left_alone(tx, "ministries", erasure) == set()
