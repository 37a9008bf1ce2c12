"""Job runners on a real PostgreSQL: each job runs once, and destinations do not delay others."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable, Unreadable
from libs.jobs import JobResult, Lease, RetryPolicy
from libs.telemetry.tracing import Tracing
from libs.trace_context import current_context
from tests.libs.jobs.scenes import (
    QUICK,
    CountedClaims,
    Destination,
    Errand,
    HeldCalls,
    add,
    all_done,
    claim,
    failing,
    hanging,
    record,
    runner,
    states,
)
from tests.libs.messaging.scenes import SAMPLED, running
from tests.waiting import PATIENCE_S, until

pytestmark = pytest.mark.usefixtures("errands_table")


async def test_every_job_is_called_once_and_recorded(database: Database) -> None:
    """Due jobs of many destinations are done with one call each."""
    outside = Destination()
    await add(database, *[f"destination-{number % 7}" for number in range(200)])
    async with running(runner(database, outside)):
        await until(lambda: all_done(database))
    assert sorted(outside.called) == list(range(1, 201))
    assert await states(database) == [("done", 1)] * 200


async def test_a_claim_that_fails_by_a_defect_is_tried_again(database: Database) -> None:
    """It ends neither the runner nor the process."""
    outside, failures = Destination(), [KeyError(), ValueError()]

    async def claim_late(tx: Transaction, lease: Lease) -> list[Errand]:
        if failures:
            raise failures.pop()
        return await claim(tx, lease)

    await add(database, "mopa")
    async with running(runner(database, outside, claim=claim_late)):
        await until(lambda: all_done(database))
    assert (outside.called, failures) == ([1], [])


async def test_two_runners_share_the_jobs(database: Database) -> None:
    """SKIP LOCKED: no job is called by both runners."""
    first, second = Destination(), Destination()
    await add(database, *["mopa"] * 100)
    async with running(runner(database, first), runner(database, second)):
        await until(lambda: all_done(database))
    assert sorted(first.called + second.called) == list(range(1, 101))


async def test_a_commit_wakes_the_runner(database: Database) -> None:
    """A new job is called after its commit, not at the next poll."""
    outside = Destination()
    async with running(runner(database, outside, poll_s=3600.0)):
        await add(database, "mopa")
        await until(lambda: outside.called)
        await add(database, "mopa")
        await until(lambda: len(outside.called) == 2)


async def test_a_job_without_a_wake_up_is_found_by_the_poll(database: Database) -> None:
    """After a lost wake-up the poll finds the job."""
    outside = Destination()
    async with running(runner(database, outside, poll_s=0.1)):
        await add(database, "mopa")
        await until(lambda: outside.called)
        await add(database, "mopa", notify=False)
        await until(lambda: len(outside.called) == 2)


async def test_a_slow_destination_delays_only_its_own_jobs(database: Database) -> None:
    """While one destination hangs, the jobs of another are done."""
    hang = asyncio.Event()
    outside = hanging(hang, destination="slow")
    await add(database, *["slow"] * 300, *["quick"] * 50)
    async with running(runner(database, outside, calls_per_destination=4)):
        await until(lambda: outside.destinations.count("quick") == 50)
        hang.set()
        await until(lambda: all_done(database))


async def test_a_destination_has_no_more_calls_at_once_than_agreed(database: Database) -> None:
    """The limit holds however many of its jobs are claimed."""
    outside, claims = HeldCalls(), CountedClaims(per_destination=40)
    await add(database, *["mopa"] * 40)
    async with running(runner(database, outside, claim=claims, calls_per_destination=4)):
        await until(lambda: outside.under_way["mopa"] >= 4)
        await claims.another()
        outside.let_go.set()
        await until(lambda: all_done(database))
    assert outside.most["mopa"] == 4


async def test_jobs_of_one_destination_are_done_without_waiting_for_the_poll(
    database: Database,
) -> None:
    """A full claim for a destination is followed by the next when a call ends."""
    await add(database, *["mopa"] * 40, notify=False)
    async with running(runner(database, Destination(), calls_per_destination=2, poll_s=60.0)):
        await until(lambda: all_done(database))


async def test_an_unavailable_destination_is_called_again_later(database: Database) -> None:
    """Failures are counted, and the job is retried until it succeeds."""
    outside = Destination()

    async def answers(_: Errand) -> str:
        if len(outside.called) < 4:
            raise Unavailable("mopa")
        return "did it"

    outside.answers = answers
    await add(database, "mopa")
    async with running(runner(database, outside)):
        await until(lambda: all_done(database))
    assert await states(database) == [("done", 4)]


async def test_a_call_past_its_deadline_counts_as_unanswered(database: Database) -> None:
    """A destination that never answers blocks a job for the deadline only."""
    outside, never = Destination(), asyncio.Event()

    async def answers(_: Errand) -> str:
        if len(outside.called) == 1:
            await never.wait()
        return "did it"

    outside.answers = answers
    await add(database, "mopa")
    async with running(runner(database, outside, deadline_s=0.2)):
        await until(lambda: all_done(database))
    assert await states(database) == [("done", 2)]


@pytest.mark.parametrize(
    ("failure", "tries"),
    [
        (Refused("no"), 1),
        (Unreadable("nonsense"), QUICK.unreadable_tries),
        (KeyError("ours"), QUICK.defect_tries),
    ],
)
async def test_each_kind_of_failure_has_its_number_of_attempts(
    database: Database, failure: Exception, tries: int
) -> None:
    """A refusal is final at once; unreadable answers and defects after a few attempts."""
    outside = failing(failure)
    await add(database, "mopa")
    async with running(runner(database, outside)):
        await until(lambda: all_done(database))
    assert len(outside.called) == tries
    assert await states(database) == [("failed", tries)]


@pytest.mark.parametrize("failure", [Unreadable("nonsense"), KeyError("ours")])
async def test_attempts_without_an_answer_use_up_no_other_tries(
    database: Database, failure: Exception
) -> None:
    """After an outage the first page that says 'maintenance', or our first defect, is not final.

    Each is tried twice: more failures in a row would open the breaker for seconds.
    """
    policy, outside = replace(QUICK, unreadable_tries=2, defect_tries=2), Destination()

    async def answers(_: Errand) -> str:
        raise Unavailable("mopa") if len(outside.called) <= 2 else failure

    outside.answers = answers
    await add(database, "mopa")
    async with running(runner(database, outside, policy=policy)):
        await until(lambda: all_done(database))
    assert await states(database) == [("failed", 4)]


async def test_a_job_that_is_too_old_fails_for_good(database: Database) -> None:
    """After the maximum age the next failure is final."""
    policy = RetryPolicy(first_s=0.05, most_s=0.05, jitter=0.0, give_up_after_s=0.2)
    await add(database, "mopa")
    async with running(runner(database, failing(Unavailable("mopa")), policy=policy)):
        await until(lambda: all_done(database))
    assert (await states(database))[0][0] == "failed"


async def test_an_open_breaker_counts_no_attempts(
    database: Database,
) -> None:
    """After five failures the breaker stops calls."""
    outside = failing(Unavailable("mopa"))
    await add(database, *["mopa"] * 100)
    made = runner(database, outside, calls_per_destination=4)
    async with running(made):
        await until(lambda: "mopa" in made.lease().excluded and len(outside.called) >= 5)
        await add(database, "mofa")
        await until(lambda: "mofa" in outside.destinations)
    assert outside.destinations.count("mopa") < 20
    assert sum(attempts for _, attempts in await states(database)) == len(outside.called)


async def test_a_drain_finishes_and_records_the_calls_under_way(database: Database) -> None:
    """At the stop, calls under way are finished and recorded."""
    entered, may_end = asyncio.Event(), asyncio.Event()

    async def answers(_: Errand) -> str:
        entered.set()
        await may_end.wait()
        return "did it"

    await add(database, "mopa")
    async with running(runner(database, Destination(answers=answers))) as stop:
        await entered.wait()
        stop.set()
        may_end.set()
    assert await states(database) == [("done", 1)]


async def test_jobs_of_a_killed_runner_are_freed_at_its_next_start(database: Database) -> None:
    """The same replica does not wait for the end of its own lease."""
    hang = asyncio.Event()
    first = hanging(hang)
    await add(database, "mopa")
    async with asyncio.TaskGroup() as tasks:
        killed = tasks.create_task(runner(database, first, deadline_s=600).run(asyncio.Event()))
        await until(lambda: first.called)
        killed.cancel()
    assert await states(database) == [("due", 0)]
    outside = Destination()
    async with running(runner(database, outside, deadline_s=600)):
        await until(lambda: all_done(database))
    assert outside.called == [1]


async def test_jobs_of_a_claim_without_an_answer_do_not_wait_for_the_lease(
    database: Database,
) -> None:
    """Our database went away after the claim; jobs that are called at the moment stay claimed."""
    hang = asyncio.Event()
    outside = hanging(hang, destination="ird")
    claimed: list[list[int]] = []

    async def claim_without_answer(tx: Transaction, lease: Lease) -> list[Errand]:
        if jobs := await claim(tx, lease):
            claimed.append([job.key for job in jobs])
            if claimed == [[1], [2]]:
                raise ConnectionResetError
        return jobs

    await add(database, "ird")
    async with running(runner(database, outside, claim=claim_without_answer, deadline_s=600)):
        await until(lambda: outside.called)
        await add(database, "mopa")
        await until(lambda: len(outside.called) == 2)
        hang.set()
        await until(lambda: all_done(database))
    assert (outside.called, claimed) == ([1, 2], [[1], [2], [2]])


async def test_a_result_is_recorded_however_long_our_database_is_away(database: Database) -> None:
    """The call is not repeated because its result could not be written."""
    failures = 3

    async def sometimes(tx: Transaction, results: Sequence[JobResult[Errand, str]]) -> list[int]:
        nonlocal failures
        if failures:
            failures -= 1
            raise Unavailable("database")
        return await record(tx, results)

    outside = Destination()
    await add(database, "mopa")
    async with running(runner(database, outside, record=sometimes)):
        await until(lambda: all_done(database))
    assert outside.called == [1]
    assert await states(database) == [("done", 1)]


async def test_the_call_stands_in_the_trace_of_its_job(database: Database) -> None:
    """The span's parent is where the job was made, and the call runs inside the span."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("errands", exporter=exporter)
    seen: list[str] = []

    async def answers(_: Errand) -> str:
        context = current_context()
        assert context is not None
        seen.append(context.span_id)
        return "did it"

    await add(database, "mopa", trace=SAMPLED)
    async with running(runner(database, Destination(answers=answers), tracing=tracing)):
        await until(lambda: all_done(database))
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.parent is not None
    assert span.context is not None
    assert f"{span.parent.span_id:016x}" == SAMPLED.span_id
    assert seen == [f"{span.context.span_id:016x}"]


async def test_jobs_in_quick_succession_are_claimed_together(database: Database) -> None:
    """A runner pauses between two claims, however often it is woken."""
    begun_s: list[float] = []

    async def timed(tx: Transaction, lease: Lease) -> list[Errand]:
        begun_s.append(asyncio.get_running_loop().time())
        return await claim(tx, lease)

    made = runner(database, Destination(), claim=timed, claim_every_s=0.05)
    async with running(made):
        async with asyncio.timeout(PATIENCE_S):
            while len(begun_s) < 11:
                await asyncio.gather(*[add(database, "mopa") for _ in range(8)])
        await until(lambda: all_done(database))
    later_ones_s = begun_s[1:]  # the first one opens the connection
    pauses_s = [after - before for before, after in pairwise(later_ones_s)]
    assert median(pauses_s) >= 0.04  # a busy machine stretches some and shrinks others
