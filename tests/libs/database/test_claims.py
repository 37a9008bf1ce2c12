"""Rows claimed as they are written: begun with the commit, by one worker, no new before old."""

import asyncio
from dataclasses import replace
from unittest.mock import patch

import pytest

from libs.database.claims import Terms
from libs.database.pool import Database
from libs.database.transaction import Transaction
from tests.libs.messaging.errands import (
    Errand,
    Outside,
    add,
    add_at_once,
    all_done,
    claim,
    hanging,
    idle,
    worker,
)
from tests.libs.messaging.scene import running, until, until_true

pytestmark = pytest.mark.usefixtures("errands_table")


async def unclaimed(tx: Transaction, terms: Terms) -> list[Errand]:
    """A claim that finds nothing, so that only what was given is worked off."""
    assert tx
    assert terms.limit > 0
    return []


async def test_a_call_that_waits_for_its_turn_is_not_begun_after_the_end(
    database: Database,
) -> None:
    """A drain takes as long as the calls under way; the others are free for whoever comes."""
    hang = asyncio.Event()
    outside = hanging(hang)
    made = worker(database, outside, concurrency_per_party=1)
    async with running(made):
        await idle(made)
        async with database.transaction() as tx:
            assert len(await add_at_once(tx, *["mopa"] * 3)) == 3
        await until(lambda: outside.asked)
        asyncio.get_running_loop().call_later(0.2, hang.set)
    assert outside.asked == [1]
    async with database.transaction() as tx:
        assert [each.key for each in await claim(tx, Terms("next", 9, 9, 30))] == [2, 3]


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
    outside = hanging(hang)
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
    outside = hanging(hang)
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
    claims = 0

    async def fills_the_room(tx: Transaction, terms: Terms) -> list[Errand]:
        nonlocal claims
        claims += 1
        return await claim(tx, replace(terms, limit=2)) if claims == 1 else []

    def with_room_for_two(terms: Terms) -> Terms:
        return replace(terms, limit=min(terms.limit, 2))

    made = worker(database, hanging(hang), claim=fills_the_room)
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


async def test_rows_of_one_party_are_worked_off_without_a_pause(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim that brought a party's share is followed by the next when a call has ended."""
    monkeypatch.setattr("libs.messaging.due._POLL_S", 3.0)
    await add(database, *["mopa"] * 40, signal=False)
    async with running(worker(database, Outside(), concurrency_per_party=2)):
        await until_true(lambda: all_done(database))


async def test_calls_that_wait_for_a_place_take_no_room_from_others(database: Database) -> None:
    """Room is counted by the calls under way."""
    hang = asyncio.Event()
    made = worker(database, hanging(hang), concurrency_per_party=2)
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
        await asyncio.sleep(0.84)
        return "did it"

    outside.answers = answers
    made = worker(database, outside, concurrency_per_party=1, deadline_s=1.2)
    async with running(made):
        await idle(made)
        async with database.transaction() as tx:
            assert len(await add_at_once(tx, *["mopa"] * 5)) == 5
        await until(lambda: not made._in_hand)
        assert len(outside.asked) == 3
        await until_true(lambda: all_done(database))
    assert sorted(outside.asked) == list(range(1, 6))


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
    outside = hanging(hang, party="slow")
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
