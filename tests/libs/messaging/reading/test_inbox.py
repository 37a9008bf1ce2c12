import asyncio
from uuid import UUID

import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.reading import inbox
from tests.libs.messaging.scenes import until_one_waits
from tests.waiting import PATIENCE_S


async def test_a_mark_is_new_once(tx: Transaction) -> None:
    """A marked event is not returned again."""
    first, second = new_id(), new_id()
    assert await inbox.take_new(tx, [first, second, first]) == {first, second}
    assert await inbox.take_new(tx, [first]) == set()


async def test_a_mark_goes_with_its_transaction(database: Database) -> None:
    """After a rollback the event may come again."""
    key = new_id()
    with pytest.raises(LookupError):
        await _take_and_fail(database, key)
    async with database.transaction() as tx:
        assert await inbox.take_new(tx, [key]) == {key}


async def _take_and_fail(database: Database, key: UUID) -> None:
    async with database.transaction() as tx:
        await inbox.take_new(tx, [key])
        raise LookupError


async def test_two_transactions_with_the_same_events_wait_for_each_other(
    database: Database,
) -> None:
    """The second transaction sees the marks of the first, without a deadlock in any order."""
    keys = [new_id() for _ in range(20)]

    async def take_backwards() -> set[UUID]:
        async with database.transaction() as tx:
            return await inbox.take_new(tx, keys[::-1])

    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        assert await inbox.take_new(tx, keys) == set(keys)
        second = tasks.create_task(take_backwards())
        await until_one_waits(database)
    assert second.result() == set()


async def test_a_cleared_mark_lets_the_event_in_again(tx: Transaction) -> None:
    """A refused event can be replayed."""
    key = new_id()
    await inbox.take_new(tx, [key])
    await inbox.clear(tx, key)
    assert await inbox.take_new(tx, [key]) == {key}


async def test_only_old_marks_are_forgotten_and_few_at_a_time(database: Database) -> None:
    """A mark that a redelivery could still need stays."""
    keys = [new_id() for _ in range(5)]
    async with database.transaction() as tx:
        await inbox.take_new(tx, keys)
        await tx.execute(
            "UPDATE inbox SET handled_at = now() - interval '2 days' WHERE event_key = ANY($1)",
            keys[:3],
        )
    async with database.transaction() as tx:
        assert await inbox.forget(tx, older_than_s=86_400, limit=2) == 2
        assert await inbox.forget(tx, older_than_s=86_400, limit=2) == 1
        assert await inbox.take_new(tx, keys[3:]) == set()


async def test_forgetting_skips_locked_marks(database: Database) -> None:
    """A locked mark is deleted in the next round; the others are deleted now."""
    held, old = new_id(), new_id()
    async with database.transaction() as tx:
        await inbox.take_new(tx, [held, old])
        await tx.execute("UPDATE inbox SET handled_at = now() - interval '2 days'")
    async with database.transaction() as holder, asyncio.timeout(PATIENCE_S):
        await holder.execute("SELECT FROM inbox WHERE event_key = $1 FOR UPDATE", held)
        async with database.transaction() as tx:
            assert await inbox.forget(tx, older_than_s=86_400, limit=10) == 1
            assert await inbox.take_new(tx, [old]) == {old}
