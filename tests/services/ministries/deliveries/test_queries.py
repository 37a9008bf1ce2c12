from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import orjson

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.jobs import Lease
from services.ministries.deliveries import queries
from services.ministries.deliveries.responses import Application
from services.ministries.deliveries.rules import Delivery, plan_delivery
from tests.services.ministries.scenes import (
    APPLICATION,
    HEALTH,
    LAND,
    NUMBER,
    claim,
    failed,
    make_due,
    planned,
    row_of,
    submission,
)

LEASE = Lease("w1", limit=100, per_destination=100, duration_s=60)


def submission_to(ministry: str) -> Any:
    return submission(application_id=new_id(), ministry=ministry)


async def backlog(
    tx: Transaction, ministry: str, count: int, *, due_in_s: float | None = -60
) -> None:
    """Insert deliveries of one ministry: due for a minute, due later, or without a due time."""
    await tx.execute(
        """
        WITH made AS (
            INSERT INTO applications (application_id, ministry)
            SELECT gen_random_uuid(), $1 FROM generate_series(1, $2)
            RETURNING application_id
        )
        INSERT INTO deliveries (delivery_id, application_id, ministry, tracking_number,
                                public_service_id, kind, form, due_at)
        SELECT gen_random_uuid(), application_id, $1, 'NS', 'land-01', 'submitted', '{}',
               now() + make_interval(secs => $3)
          FROM made
        """,
        ministry,
        count,
        due_in_s,
    )


async def test_the_queue_says_how_late_it_is(tx: Transaction) -> None:
    """By the delivery that is due for longest, of whichever ministry."""
    await planned(tx, submission_to(LAND), submission_to(HEALTH))
    await tx.execute("UPDATE deliveries SET due_at = now() + interval '1 hour'")
    assert await queries.read_oldest_due_age_s(tx) == 0
    await tx.execute(
        "UPDATE deliveries SET due_at = now() - interval '90 s' WHERE ministry = $1", LAND
    )
    assert await queries.read_oldest_due_age_s(tx) == 90


async def test_announced_facts_are_stored(tx: Transaction) -> None:
    """An application is inserted once; case file number, receipt and event ids stay."""
    delivery = plan_delivery(submission())
    known = Application(
        APPLICATION, LAND, NUMBER, delivery.delivery_id, frozenset([new_id(), new_id()])
    )
    await queries.insert_and_lock_applications(tx, [delivery])
    await queries.save_applications(tx, [known])
    await queries.insert_and_lock_applications(tx, [delivery])
    found = await queries.lock_applications(tx, [APPLICATION, new_id()])
    assert found == {(APPLICATION, LAND): known}


async def test_an_application_is_locked_until_the_transaction_ends(database: Database) -> None:
    """A second transaction about the application waits, which keeps events in order."""
    delivery = plan_delivery(submission())
    async with database.transaction() as tx:
        await planned(tx, submission_to(HEALTH))  # another, which stays free
    holds = (
        partial(queries.insert_and_lock_applications, deliveries=[delivery]),  # inserted
        partial(inserted_alone, delivery=delivery),  # and found
        partial(queries.lock_applications, application_ids=[APPLICATION]),
        partial(queries.lock_applications_of, delivery_ids=[delivery.key]),
    )
    for hold in holds:
        async with database.transaction() as tx, database.transaction() as other:
            await hold(tx)
            free = await other.fetch(
                "SELECT application_id FROM applications FOR UPDATE SKIP LOCKED"
            )
            assert APPLICATION not in {row["application_id"] for row in free}
            assert len(free) == 1


async def inserted_alone(tx: Transaction, delivery: Delivery) -> None:
    await queries.insert_and_lock_applications(tx, [delivery])
    await queries.insert_deliveries(tx, [delivery], LEASE)


async def test_a_claimed_delivery_is_claimed_by_no_other_runner(tx: Transaction) -> None:
    """Not before its lease ends, or before the same runner releases its claims."""
    await planned(tx, submission_to(LAND), submission_to(HEALTH))
    (mine,) = await claim(tx, holder="w1", excluded=[HEALTH])
    (other,) = await claim(tx, holder="w2")
    assert (mine.ministry, other.ministry) == (LAND, HEALTH)
    assert await claim(tx, holder="w1") == []
    await queries.release_claims(tx, "w1", [mine.key])
    assert await claim(tx, holder="w1") == []
    await queries.release_claims(tx, "w1")
    assert [delivery.key for delivery in await claim(tx, holder="w1")] == [mine.key]
    await tx.execute("UPDATE deliveries SET claimed_until = now() - interval '1 second'")
    assert len(await claim(tx, holder="w3")) == 2


async def test_concurrent_claims_do_not_overlap(database: Database) -> None:
    """A claim skips rows that another claim has locked."""
    async with database.transaction() as tx:
        await planned(tx, *[submission_to(LAND) for _ in range(10)])
    async with database.transaction() as one, database.transaction() as two:
        first, second = await claim(one, limit=6), await claim(two, holder="w2", limit=6)
    assert (len(first), len(second)) == (6, 4)
    assert not {each.key for each in first} & {each.key for each in second}


async def test_a_backlog_of_one_ministry_does_not_delay_others(tx: Transaction) -> None:
    """A claim takes a limited number for each ministry, in turns."""
    await backlog(tx, LAND, 1000)
    assert len(await claim(tx, limit=64, share=16)) == 16
    await planned(tx, submission_to(HEALTH))
    assert {delivery.ministry for delivery in await claim(tx, limit=2)} == {HEALTH, LAND}


async def inserted(tx: Transaction, *submissions: Any, lease: Lease = LEASE) -> list[Delivery]:
    """Insert the deliveries of these submissions; return the claimed ones."""
    wanted = [plan_delivery(each) for each in submissions]
    await queries.insert_and_lock_applications(tx, wanted)
    return await queries.insert_deliveries(tx, wanted, lease)


async def test_a_due_delivery_is_claimed_when_it_is_inserted(tx: Transaction) -> None:
    """It is returned as by a claim, and no other runner claims it."""
    (delivery,) = await inserted(tx, submission())
    assert await claim(tx, holder="w2") == []
    assert (await row_of(tx, delivery))["first_tried_at"] is not None
    await queries.release_claims(tx, LEASE.holder)
    assert await claim(tx, holder="w2") == [delivery]


async def test_a_delivery_behind_another_of_its_application_is_not_claimed(
    tx: Transaction,
) -> None:
    """The earlier delivery is in the same batch, or in the table."""
    first, second = submission("submitted"), submission("corrected")
    assert [delivery.kind for delivery in await inserted(tx, first, second)] == ["submitted"]
    assert await inserted(tx, submission("withdrawn")) == []
    assert await inserted(tx, first) == []


async def test_no_more_is_claimed_than_the_lease_allows(tx: Transaction) -> None:
    """The limit, the limit per ministry and the excluded ministries of the lease apply."""
    submissions = [submission_to(ministry) for ministry in (LAND, LAND, LAND, HEALTH, HEALTH)]
    claimed = await inserted(tx, *submissions, lease=replace(LEASE, per_destination=2))
    assert [delivery.ministry for delivery in claimed] == [LAND, LAND, HEALTH, HEALTH]
    assert len(await claim(tx)) == 1
    submissions = [submission_to(ministry) for ministry in (LAND, HEALTH, HEALTH)]
    lease = replace(LEASE, limit=2, excluded=[LAND])
    assert [delivery.ministry for delivery in await inserted(tx, *submissions, lease=lease)] == [
        HEALTH
    ]
    assert len(await claim(tx)) == 2


async def test_a_claim_does_not_read_the_backlog_of_a_ministry(tx: Transaction) -> None:
    """With 20,000 rows of an unavailable ministry, a claim reads a few pages."""
    await backlog(tx, LAND, 20_000, due_in_s=3600)
    await planned(tx, submission_to(HEALTH))
    await tx.execute("ANALYZE deliveries")
    plan = await explained(tx)
    assert "Seq Scan" not in {node["Node Type"] for node in nodes(plan)}
    touched = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    assert touched < 100, f"{touched} pages"


async def test_a_claim_does_not_read_rows_of_ministries_with_nothing_due(tx: Transaction) -> None:
    """A claim reads few pages, however many ministries have no due delivery."""
    touched: list[int] = []
    for idle in ([], [f"idle{number}" for number in range(66)]):
        for ministry in idle:
            await backlog(tx, ministry, 30, due_in_s=None)
        await planned(tx, submission_to(HEALTH))
        await tx.execute("ANALYZE deliveries")
        plan = await explained(tx)
        touched.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
    alone, among_many = touched
    assert among_many - alone < 66, touched


async def test_a_failed_attempt_is_stored_with_its_reason(tx: Transaction) -> None:
    """The next attempt is due later; an attempt without a call does not count."""
    (delivery,) = await planned(tx, submission())
    await claim(tx)
    failure = Unavailable(LAND, "no answer")
    await queries.save_failures(tx, [failed(delivery, failure, 60.0, counts=False)])
    row = await row_of(tx, delivery)
    assert (row["attempts"], row["last_failure"], row["state"]) == (0, None, "open")
    assert await queries.save_failures(tx, [failed(delivery, failure, 60.0)]) == set[UUID]()
    assert await claim(tx) == []
    await make_due(tx)
    (again,) = await claim(tx)
    assert (again.attempts, (await row_of(tx, delivery))["last_failure"]) == (1, str(failure))
    final = failed(delivery, Refused("refused_by_ministry"))
    assert await queries.save_failures(tx, [final]) == {delivery.key}
    row = await row_of(tx, delivery)
    assert (row["state"], row["due_at"]) == ("failed", None)
    kept = ("form", "trace_context", "first_tried_at", "last_failed_at")
    assert None not in [row[name] for name in kept]


async def test_the_delay_of_a_delivery_is_marked_once(tx: Transaction) -> None:
    """A delayed delivery is returned until its delay is marked as announced."""
    (delivery,) = await planned(tx, submission())
    assert await delayed(tx, older_than_s=900) == []
    await tx.execute("UPDATE deliveries SET planned_at = now() - interval '16 minutes'")
    assert [each.key for each in await delayed(tx, older_than_s=900)] == [delivery.key]
    assert await queries.mark_delay_announced(tx, [delivery.key]) == {delivery.key}
    assert await queries.mark_delay_announced(tx, [delivery.key]) == set[UUID]()
    assert await delayed(tx, older_than_s=900) == []


async def delayed(tx: Transaction, *, older_than_s: float) -> list[Delivery]:
    return await queries.read_delayed_deliveries(tx, older_than_s=older_than_s, limit=10)


class Explaining:
    """A transaction that shows the plan of a statement instead of its rows."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.plan: dict[str, Any] = {}

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        shown = await self._tx.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", *args)
        self.plan = orjson.loads(shown)[0]["Plan"]
        return []


async def explained(tx: Transaction) -> dict[str, Any]:
    explaining = Explaining(tx)
    await claim(explaining)  # type: ignore[arg-type]
    return explaining.plan


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *[inner for child in plan.get("Plans", []) for inner in nodes(child)]]
