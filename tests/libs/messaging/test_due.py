"""Workers on a real PostgreSQL: each row once, nobody waits for a stranger, kills included."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from unittest.mock import patch

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from libs.database.claims import Terms
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable, Unreadable
from libs.messaging.due import _CLAIM_EVERY_S, _POLL_S, Worker
from libs.messaging.retry import RetryPolicy
from libs.messaging.work import Done
from libs.telemetry.tracing import Tracing
from libs.trace_context import current_context
from tests.libs.messaging.errands import (
    QUICK,
    Errand,
    Outside,
    add,
    add_at_once,
    all_done,
    claim,
    errands,
    record,
    states,
    worker,
)
from tests.libs.messaging.scene import SAMPLED, running, until, until_true


@pytest.fixture(autouse=True)
async def table(database: Database) -> AsyncIterator[None]:
    async with errands(database):
        yield


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

    async def answers(errand: Errand) -> str:
        if errand.party == "slow":
            await hang.wait()
        return "did it"

    outside = Outside(answers=answers)
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


async def test_a_call_that_waits_for_its_turn_is_not_begun_after_the_end(
    database: Database,
) -> None:
    """A drain takes as long as the calls under way; the others are free for whoever comes."""
    entered, hang = asyncio.Event(), asyncio.Event()

    async def answers(_: Errand) -> str:
        entered.set()
        await hang.wait()
        return "did it"

    outside = Outside(answers=answers)
    made = worker(database, outside, concurrency_per_party=1)
    async with running(made):
        await idle(made)
        async with database.transaction() as tx:
            assert len(await add_at_once(tx, *["mopa"] * 3)) == 3
        await entered.wait()
        asyncio.get_running_loop().call_later(0.2, hang.set)
    assert outside.asked == [1]
    async with database.transaction() as tx:
        assert [each.key for each in await claim(tx, Terms("next", 9, 9, 30))] == [2, 3]


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


async def unclaimed(tx: Transaction, terms: Terms) -> list[Errand]:
    """A claim that finds nothing, so that only what was given is worked off."""
    assert tx
    assert terms.limit > 0
    return []


async def idle(made: Worker[Errand, str]) -> None:
    """Wait until the worker has seen that nothing waits."""
    await until(lambda: made.terms().limit > 0)


async def test_a_row_that_is_due_at_once_needs_no_claim_of_its_own(database: Database) -> None:
    """Who writes it claims it for the worker, which begins with the commit."""
    outside = Outside()
    made = worker(database, outside, claim=unclaimed)
    async with running(made):
        await idle(made)
        async with database.transaction() as tx:
            assert len(await add_at_once(tx, "mopa", "mora")) == 2
            assert outside.asked == []
        await until_true(lambda: all_done(database))
    assert sorted(outside.asked) == [1, 2]


async def test_nothing_is_given_where_the_transaction_is_undone(database: Database) -> None:
    """What was not committed is not begun."""
    outside = Outside()
    made = worker(database, outside)

    async def undo() -> None:
        async with database.transaction() as tx:
            assert await add_at_once(tx, "mopa")
            raise KeyError("undone")

    async with running(made):
        await idle(made)
        with pytest.raises(KeyError):
            await undo()
        await asyncio.sleep(0.1)
    assert outside.asked == []


async def test_what_is_given_is_claimed_by_nobody_else(database: Database) -> None:
    """Another replica leaves it alone, as long as the lease lasts."""
    hang = asyncio.Event()

    async def answers(_: Errand) -> str:
        await hang.wait()
        return "did it"

    outside = Outside(answers=answers)
    made = worker(database, outside)
    async with running(made):
        await idle(made)
        async with database.transaction() as tx:
            await add_at_once(tx, *["mopa"] * 5)
        await until(lambda: len(outside.asked) == 5)
        async with database.transaction() as tx:
            assert await claim(tx, Terms("other", 100, 100, 30)) == []
        hang.set()
        await until_true(lambda: all_done(database))


async def test_what_is_new_goes_behind_what_waits(database: Database) -> None:
    """While more is due than the worker takes, it lets nothing be claimed out of turn."""
    hang = asyncio.Event()

    async def answers(_: Errand) -> str:
        await hang.wait()
        return "did it"

    outside = Outside(answers=answers)
    made = worker(database, outside, concurrency_per_party=400)
    async with running(made):
        await idle(made)
        await add(database, *["mopa"] * 300)
        await until(lambda: len(outside.asked) == 256)
        async with database.transaction() as tx:
            assert await add_at_once(tx, "mopa") == []
        hang.set()
        await until_true(lambda: all_done(database))
    assert sorted(outside.asked) == list(range(1, 302))


async def test_nothing_is_given_while_more_may_be_due(database: Database) -> None:
    """A claim that brought all it asked for may have left some behind."""
    hang = asyncio.Event()

    async def answers(_: Errand) -> str:
        await hang.wait()
        return "did it"

    claims = 0

    async def fills_the_room(tx: Transaction, terms: Terms) -> list[Errand]:
        nonlocal claims
        claims += 1
        return await claim(tx, replace(terms, limit=2)) if claims == 1 else []

    def with_room_for_two(terms: Terms) -> Terms:
        return replace(terms, limit=min(terms.limit, 2))

    made = worker(database, Outside(answers=answers), claim=fills_the_room)
    roomy = made._terms
    with patch.object(made, "_terms", lambda: with_room_for_two(roomy())):
        await add(database, "mopa", "mora")
        async with running(made):
            await until(lambda: claims == 1 and made._in_hand)
            assert made.terms().limit == 0
            made._wake.set()
            await idle(made)
            hang.set()
            await until_true(lambda: all_done(database))


async def test_rows_of_one_party_are_worked_off_without_a_pause(database: Database) -> None:
    """A claim that brought a party's share is followed by the next when a call has ended."""
    outside = Outside()
    await add(database, *["mopa"] * 40, signal=False)
    begun_s = asyncio.get_running_loop().time()
    async with running(worker(database, outside, concurrency_per_party=2)):
        await until_true(lambda: all_done(database))
    assert asyncio.get_running_loop().time() - begun_s < 40 / 2 * _POLL_S / 2


async def test_calls_that_wait_for_a_place_take_no_room_from_others(database: Database) -> None:
    """Room is counted by the calls under way."""
    hang = asyncio.Event()

    async def answers(_: Errand) -> str:
        await hang.wait()
        return "did it"

    made = worker(database, Outside(answers=answers), concurrency_per_party=2)
    async with running(made):
        await idle(made)
        room = made.terms().limit
        async with database.transaction() as tx:
            assert len(await add_at_once(tx, *["slow"] * 10)) == 10
        assert made.terms().limit == room - 2
        hang.set()
        await until_true(lambda: all_done(database))


async def test_a_call_that_has_waited_too_long_for_its_turn_is_not_made(
    database: Database,
) -> None:
    """Its row may be in other hands by then: the lease frees it."""
    outside = Outside()

    async def answers(_: Errand) -> str:
        await asyncio.sleep(0.15)
        return "did it"

    outside.answers = answers
    made = worker(database, outside, concurrency_per_party=1, deadline_s=0.2)
    async with running(made):
        await idle(made)
        async with database.transaction() as tx:
            assert len(await add_at_once(tx, *["mopa"] * 8)) == 8
        await until(lambda: not made._in_hand)
        assert len(outside.asked) == 3
        await until_true(lambda: all_done(database))
    assert sorted(outside.asked) == list(range(1, 9))


async def test_what_is_new_goes_behind_what_waits_for_the_same_party(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the next claim has looked, a party that was given its share may have more due."""
    monkeypatch.setattr("libs.messaging.due._CLAIM_EVERY_S", 1.0)
    outside = Outside()
    await add(database, *["mopa"] * 2)
    made = worker(database, outside, concurrency_per_party=2)
    async with running(made):
        await until(lambda: len(outside.asked) == 2 and not made._in_hand)
        async with database.transaction() as tx:
            claimed = await add_at_once(tx, "mopa", "mora")
        assert [each.party for each in claimed] == ["mora"]
        await until_true(lambda: all_done(database))


async def test_a_party_that_is_busy_is_given_nothing(database: Database) -> None:
    """Its rows wait for the claim, those of others begin."""
    hang = asyncio.Event()

    async def answers(errand: Errand) -> str:
        if errand.party == "slow":
            await hang.wait()
        return "did it"

    outside = Outside(answers=answers)
    made = worker(database, outside, concurrency_per_party=2)
    async with running(made):
        await idle(made)
        async with database.transaction() as tx:
            await add_at_once(tx, "slow", "slow")
        await until(lambda: len(outside.asked) == 2)
        async with database.transaction() as tx:
            claimed = await add_at_once(tx, "slow", "quick")
        assert [each.party for each in claimed] == ["quick"]
        await until(lambda: outside.parties[2:] == ["quick"])
        hang.set()
        await until_true(lambda: all_done(database))


async def test_nothing_is_given_to_a_worker_that_does_not_work(database: Database) -> None:
    """Before its start and after its end rows are written unclaimed, and found at the next one."""
    made = worker(database, Outside())
    async with database.transaction() as tx:
        assert await add_at_once(tx, "mopa") == []
    async with running(made):
        await until_true(lambda: all_done(database))
    async with database.transaction() as tx:
        assert await add_at_once(tx, "mopa") == []
    outside = Outside()
    async with running(worker(database, outside)):
        await until_true(lambda: all_done(database))
    assert outside.asked == [2]


async def test_what_was_given_at_the_last_moment_is_freed_at_the_next_start(
    database: Database,
) -> None:
    """Written for a worker that has ended by the commit, a row waits for its successor."""
    made = worker(database, Outside())
    async with database.transaction() as tx, running(made):
        await idle(made)
        assert await add_at_once(tx, "mopa")
    outside = Outside()
    async with running(worker(database, outside)):
        await until_true(lambda: all_done(database))
    assert outside.asked == [1]
