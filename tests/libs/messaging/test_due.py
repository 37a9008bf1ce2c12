"""Workers on a real PostgreSQL: each row once, nobody waits for a stranger, kills included."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.database.claims import Terms
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable, Unreadable
from libs.messaging.due import _CLAIM_EVERY_S
from libs.messaging.retry import RetryPolicy
from libs.messaging.work import Done
from libs.telemetry.tracing import Tracing
from libs.trace_context import current_context
from tests.libs.messaging.errands import (
    QUICK,
    Errand,
    Outside,
    add,
    all_done,
    claim,
    hanging,
    record,
    states,
    worker,
)
from tests.libs.messaging.scene import SAMPLED, running, until, until_true

pytestmark = pytest.mark.usefixtures("errands_table")


async def test_every_row_is_called_once_and_recorded(database: Database) -> None:
    """Due rows of many parties are worked off, each with one call."""
    outside = Outside()
    await add(database, *[f"party-{number % 7}" for number in range(200)])
    async with running(worker(database, outside)):
        await until_true(lambda: all_done(database))
    assert sorted(outside.asked) == list(range(1, 201))
    assert await states(database) == [("done", 1)] * 200


async def test_two_workers_share_the_rows(database: Database) -> None:
    """SKIP LOCKED: no row is called by both."""
    first, second = Outside(), Outside()
    await add(database, *["mopa"] * 100)
    async with running(worker(database, first), worker(database, second)):
        await until_true(lambda: all_done(database))
    assert sorted(first.asked + second.asked) == list(range(1, 101))


async def test_a_commit_wakes_the_worker(database: Database) -> None:
    """A new row is called at once, not at the next poll."""
    outside = Outside()
    async with running(worker(database, outside)):
        await asyncio.sleep(0.3)
        begun_s = asyncio.get_running_loop().time()
        await add(database, "mopa")
        await until(lambda: outside.asked)
        assert asyncio.get_running_loop().time() - begun_s < 0.6


async def test_a_row_nobody_told_of_is_found_by_the_poll(database: Database) -> None:
    """A lost wake-up costs a second, not the row."""
    outside = Outside()
    async with running(worker(database, outside)):
        await asyncio.sleep(0.2)
        await add(database, "mopa", signal=False)
        await until(lambda: outside.asked, within_s=5)


async def test_a_slow_party_delays_only_its_own_rows(database: Database) -> None:
    """While one party hangs, another's rows go through."""
    hang = asyncio.Event()
    outside = hanging(hang, party="slow")
    await add(database, *["slow"] * 300, *["quick"] * 50)
    async with running(worker(database, outside, concurrency_per_party=4)):
        await until(lambda: outside.parties.count("quick") == 50, within_s=5)
        hang.set()
        await until_true(lambda: all_done(database))


async def test_no_party_is_asked_more_often_at_once_than_agreed(database: Database) -> None:
    """However many of its rows are claimed beside those under way."""
    under_way, most = 0, 0

    async def answers(_: Errand) -> str:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return "did it"

    await add(database, *["mopa"] * 40)
    async with running(worker(database, Outside(answers=answers), concurrency_per_party=4)):
        await until_true(lambda: all_done(database))
    assert most == 4


async def test_an_unavailable_party_is_asked_again_later(database: Database) -> None:
    """Failures are counted, the row comes back, and in the end it is done."""
    outside = Outside()

    async def answers(_: Errand) -> str:
        if len(outside.asked) < 4:
            raise Unavailable("mopa")
        return "did it"

    outside.answers = answers
    await add(database, "mopa")
    async with running(worker(database, outside)):
        await until_true(lambda: all_done(database))
    assert await states(database) == [("done", 4)]


async def test_a_call_past_its_deadline_counts_as_unanswered(database: Database) -> None:
    """A party that never answers holds a row for the deadline only."""
    outside = Outside()

    async def answers(_: Errand) -> str:
        if len(outside.asked) == 1:
            await asyncio.sleep(30)
        return "did it"

    outside.answers = answers
    await add(database, "mopa")
    async with running(worker(database, outside, deadline_s=0.2)):
        await until_true(lambda: all_done(database), within_s=10)
    assert await states(database) == [("done", 2)]


@pytest.mark.parametrize(
    ("failure", "tries"),
    [
        (Refused("no"), 1),
        (Unreadable("nonsense"), QUICK.nonsense_tries),
        (KeyError("ours"), QUICK.defect_tries),
    ],
)
async def test_each_kind_of_failure_has_its_number_of_tries(
    database: Database, failure: Exception, tries: int
) -> None:
    """No for good at once; nonsense and our own defects after a few tries."""

    async def answers(_: Errand) -> str:
        raise failure

    outside = Outside(answers=answers)
    await add(database, "mopa")
    async with running(worker(database, outside)):
        await until_true(lambda: all_done(database))
    assert len(outside.asked) == tries
    assert await states(database) == [("failed", tries)]


async def test_work_that_is_too_old_fails_for_good(database: Database) -> None:
    """After the agreed age a further silence is the last."""

    async def answers(_: Errand) -> str:
        raise Unavailable("mopa")

    policy = RetryPolicy(first_s=0.05, most_s=0.05, jitter=0.0, give_up_after_s=0.2)
    await add(database, "mopa")
    async with running(worker(database, Outside(answers=answers), policy=policy)):
        await until_true(lambda: all_done(database))
    assert (await states(database))[0][0] == "failed"


async def test_a_dead_party_is_left_alone_and_costs_its_rows_no_attempts(
    database: Database,
) -> None:
    """After five failures the breaker keeps the other rows waiting, not counted as tried."""

    async def answers(_: Errand) -> str:
        raise Unavailable("mopa")

    outside = Outside(answers=answers)
    await add(database, *["mopa"] * 100)
    async with running(worker(database, outside, concurrency_per_party=4)):
        await until(lambda: len(outside.asked) >= 5)
        await asyncio.sleep(0.5)
    assert len(outside.asked) < 20
    assert sum(attempts for _, attempts in await states(database)) == len(outside.asked)


async def test_a_drain_finishes_and_records_the_calls_under_way(database: Database) -> None:
    """Told to stop, no call is cut off and no answer is forgotten."""
    entered = asyncio.Event()

    async def answers(_: Errand) -> str:
        entered.set()
        await asyncio.sleep(0.3)
        return "did it"

    await add(database, "mopa")
    async with running(worker(database, Outside(answers=answers))):
        await entered.wait()
    assert await states(database) == [("done", 1)]


async def test_rows_of_a_killed_worker_are_freed_at_its_next_start(database: Database) -> None:
    """The same replica does not wait for its own lease."""
    hang, entered = asyncio.Event(), asyncio.Event()

    async def answers(_: Errand) -> str:
        entered.set()
        await hang.wait()
        return "never"

    await add(database, "mopa")
    async with asyncio.TaskGroup() as tasks:
        killed = tasks.create_task(worker(database, Outside(answers=answers)).run(asyncio.Event()))
        await entered.wait()
        killed.cancel()
    assert await states(database) == [("due", 0)]
    outside = Outside()
    async with running(worker(database, outside)):
        await until_true(lambda: all_done(database), within_s=5)
    assert outside.asked == [1]


async def test_an_answer_is_recorded_however_long_our_database_is_away(
    database: Database,
) -> None:
    """The call is not repeated because we could not write down its outcome."""
    failures = 3

    async def sometimes(tx: Transaction, done: Sequence[Done[Errand, str]]) -> list[int]:
        nonlocal failures
        if failures:
            failures -= 1
            raise Unavailable("database")
        return await record(tx, done)

    outside = Outside()
    await add(database, "mopa")
    async with running(worker(database, outside, record=sometimes)):
        await until_true(lambda: all_done(database))
    assert outside.asked == [1]
    assert await states(database) == [("done", 1)]


async def test_the_call_stands_in_the_trace_of_its_row(database: Database) -> None:
    """The span's parent is what the row was made in, and the call runs inside the span."""
    exporter = InMemorySpanExporter()
    tracing = Tracing("errands", exporter=exporter)
    seen: list[str] = []

    async def answers(_: Errand) -> str:
        context = current_context()
        assert context is not None
        seen.append(context.span_id)
        return "did it"

    await add(database, "mopa", trace=SAMPLED)
    async with running(worker(database, Outside(answers=answers), tracing=tracing)):
        await until_true(lambda: all_done(database))
    tracing.close()
    (span,) = exporter.get_finished_spans()
    assert span.parent is not None
    assert span.context is not None
    assert f"{span.parent.span_id:016x}" == SAMPLED.span_id
    assert seen == [f"{span.context.span_id:016x}"]


async def test_rows_in_quick_succession_are_claimed_together(database: Database) -> None:
    """However often it is woken, a worker leaves a little time between two claims."""
    begun_s: list[float] = []

    async def timed(tx: Transaction, terms: Terms) -> list[Errand]:
        begun_s.append(asyncio.get_running_loop().time())
        return await claim(tx, terms)

    made = worker(database, Outside(), claim=timed)
    async with running(made):
        async with asyncio.timeout(20):
            while len(begun_s) < 11:
                await asyncio.gather(*[add(database, "mopa") for _ in range(8)])
        await until_true(lambda: all_done(database))
    later_ones_s = begun_s[1:]  # the first one opens the connection
    pauses_s = [after - before for before, after in pairwise(later_ones_s)]
    assert (
        median(pauses_s) >= _CLAIM_EVERY_S / 2
    )  # a busy machine stretches some and shrinks others
