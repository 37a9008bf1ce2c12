"""Enqueued jobs: claimed as they are written, and started after the commit by one runner."""

import asyncio
from functools import partial

import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.jobs import Lease, enqueue
from tests.libs.jobs.scenes import (
    ERRANDS,
    Destination,
    Errand,
    add,
    all_done,
    claim,
    enqueue_errands,
    hanging,
    idle,
)
from tests.libs.jobs.scenes import (
    runner as polling_runner,
)
from tests.libs.messaging.scenes import running
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("errands_table")

runner = partial(polling_runner, poll_s=1.0)  # while it claims by polling it is handed nothing


async def no_claim(_: Transaction, __: Lease) -> list[Errand]:
    """A claim that finds nothing, so that only enqueued jobs run."""
    return []


async def claim_as(database: Database, holder: str) -> list[int]:
    """Claim the jobs that another runner could."""
    async with database.transaction() as tx:
        return [job.key for job in await claim(tx, Lease(holder, 100, 100, 30))]


async def test_a_job_that_is_due_at_once_needs_no_claim_of_its_own(database: Database) -> None:
    """The writing transaction claims it, and the runner starts with the commit."""
    outside = Destination()
    made = runner(database, outside, claim=no_claim)
    async with running(made):
        await idle(made)
        async with database.transaction() as tx:
            await enqueue(tx, ERRANDS, ["mopa", "mora"])
            assert outside.called == []
        await until(lambda: all_done(database))
    assert sorted(outside.called) == [1, 2]


async def test_no_job_is_started_after_a_rollback(database: Database) -> None:
    """A job that was not committed is not started."""
    outside = Destination()
    made = runner(database, outside)

    async def undo() -> None:
        async with database.transaction() as tx:
            await enqueue(tx, ERRANDS, ["undone"])
            raise KeyError("undone")

    async with running(made):
        await idle(made)
        with pytest.raises(KeyError):
            await undo()
        await enqueue_errands(database, "mopa")
        await until(lambda: all_done(database))
    assert outside.destinations == ["mopa"]


async def test_a_started_job_is_claimed_by_no_other_runner(database: Database) -> None:
    """No other replica claims the job during its lease."""
    hang = asyncio.Event()
    outside = hanging(hang)
    made = runner(database, outside)
    async with running(made):
        await idle(made)
        await enqueue_errands(database, *["mopa"] * 5)
        await until(lambda: len(outside.called) == 5)
        assert await claim_as(database, "other") == []
        hang.set()
        await until(lambda: all_done(database))


async def test_new_jobs_wait_behind_older_ones(database: Database) -> None:
    """While more jobs are due than the runner can claim, none is claimed out of turn."""
    hang = asyncio.Event()
    outside = hanging(hang)
    made = runner(database, outside, calls_per_destination=400)
    async with running(made):
        await idle(made)
        await add(database, *["mopa"] * 300)
        await until(lambda: len(outside.called) == 256)
        assert await enqueue_errands(database, "mopa") == []
        hang.set()
        await until(lambda: all_done(database))
    assert sorted(outside.called) == list(range(1, 302))


async def test_no_new_job_is_started_while_more_may_be_due(database: Database) -> None:
    """After a full claim more jobs may be due, so new ones wait."""
    hang, second_claim = asyncio.Event(), asyncio.Event()
    claims = 0

    async def full_then_held(tx: Transaction, lease: Lease) -> list[Errand]:
        nonlocal claims
        claims += 1
        if claims == 2:
            await second_claim.wait()
        return await claim(tx, lease)

    made = runner(database, hanging(hang), claim=full_then_held, calls_per_destination=400)
    await add(database, *["mopa"] * 64)
    async with running(made):
        await until(lambda: claims == 2)
        assert made.lease().limit == 0
        second_claim.set()
        await idle(made)
        hang.set()
        await until(lambda: all_done(database))


async def test_new_jobs_wait_behind_older_ones_of_the_same_destination(database: Database) -> None:
    """Until the next claim, a destination whose share was claimed may have more due."""
    outside = Destination()
    await add(database, *["mopa"] * 2)
    made = runner(database, outside, calls_per_destination=2, claim_every_s=1.0)
    async with running(made):
        await until(lambda: len(outside.called) == 2)
        await until(lambda: all_done(database))
        assert await enqueue_errands(database, "mopa", "mora") == ["mora"]
        await until(lambda: all_done(database))


async def test_a_busy_destination_is_handed_no_job(database: Database) -> None:
    """Jobs of a busy destination wait for the claim, others start."""
    hang = asyncio.Event()
    outside = hanging(hang, destination="slow")
    made = runner(database, outside, calls_per_destination=2)
    async with running(made):
        await idle(made)
        await enqueue_errands(database, "slow", "slow")
        await until(lambda: len(outside.called) == 2)
        assert await enqueue_errands(database, "slow", "quick") == ["quick"]
        await until(lambda: outside.destinations[2:] == ["quick"])
        hang.set()
        await until(lambda: all_done(database))


async def test_calls_that_wait_for_a_slot_take_no_room_from_others(database: Database) -> None:
    """Free slots are counted by calls under way."""
    hang = asyncio.Event()
    made = runner(database, hanging(hang), calls_per_destination=2)
    async with running(made):
        await idle(made)
        room = made.lease().limit
        assert len(await enqueue_errands(database, *["slow"] * 10)) == 10
        assert made.lease().limit == room - 2
        hang.set()
        await until(lambda: all_done(database))


async def test_a_call_that_waits_for_a_slot_is_not_begun_after_the_end(database: Database) -> None:
    """A drain waits for calls under way only, and releases the other jobs."""
    hang = asyncio.Event()
    outside = hanging(hang)
    made = runner(database, outside, calls_per_destination=1)
    async with running(made):
        await idle(made)
        assert len(await enqueue_errands(database, *["mopa"] * 3)) == 3
        await until(lambda: outside.called)
        asyncio.get_running_loop().call_later(0.2, hang.set)
    assert outside.called == [1]
    assert await claim_as(database, "next") == [2, 3]


async def test_a_call_that_has_waited_too_long_for_a_slot_is_not_made(database: Database) -> None:
    """A call is not made when its lease may be over."""
    now_s, may_claim = 0.0, False

    async def answers(_: Errand) -> str:
        nonlocal now_s
        now_s += 0.07  # the third of them begins in time, the fourth after two deadlines
        return "did it"

    async def claim_later(tx: Transaction, lease: Lease) -> list[Errand]:
        return await claim(tx, lease) if may_claim else []

    outside = Destination(answers=answers)
    made = runner(
        database,
        outside,
        claim=claim_later,
        calls_per_destination=1,
        deadline_s=0.1,
        clock=lambda: now_s,
    )
    async with running(made):
        await idle(made)
        room = made.lease().limit
        assert len(await enqueue_errands(database, *["mopa"] * 5)) == 5
        await until(lambda: made.lease().limit == room)
        assert len(outside.called) == 3
        may_claim = True
        await until(lambda: all_done(database))
    assert sorted(outside.called) == list(range(1, 6))


async def test_a_runner_that_does_not_run_is_handed_no_job(database: Database) -> None:
    """Without a running runner, jobs are written unclaimed."""
    made = runner(database, Destination())
    assert await enqueue_errands(database, "mopa") == []
    async with running(made):
        await until(lambda: all_done(database))
    assert await enqueue_errands(database, "mopa") == []
    outside = Destination()
    async with running(runner(database, outside)):
        await until(lambda: all_done(database))
    assert outside.called == [2]


async def test_a_job_of_an_ended_runner_is_released_at_the_next_start(
    database: Database,
) -> None:
    """The runner had claimed it before it ended."""
    made = runner(database, Destination())
    async with database.transaction() as tx, running(made):
        await idle(made)
        await enqueue(tx, ERRANDS, ["mopa"])
        assert await tx.fetchval("SELECT claimed_by IS NOT NULL FROM errands")
    outside = Destination()
    async with running(runner(database, outside)):
        await until(lambda: all_done(database))
    assert outside.called == [1]


async def test_without_jobs_there_is_no_statement(database: Database) -> None:
    """An empty list costs nothing."""
    async with database.transaction() as tx:
        await tx.execute("DROP TABLE errands")
        await enqueue(tx, ERRANDS, [])
        await tx.execute("CREATE TABLE errands ()")
