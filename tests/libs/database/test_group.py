"""Group commits: every write gets its own answer."""

import asyncio
from collections.abc import Sequence

import pytest

from libs.database.group import GroupCommit
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from tests.libs.database.running import frozen
from tests.libs.messaging.scenes import running
from tests.waiting import PATIENCE_S, until
from tools.embedded.postgres import EmbeddedPostgres

Group = GroupCommit[int, int]


class Writing:
    """Inserts numbers; refuses odd hundreds, and breaks on 13."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.may_go = asyncio.Event()
        self.may_go.set()

    async def __call__(self, tx: Transaction, items: Sequence[int]) -> Sequence[int | Exception]:
        self.groups.append(list(items))
        await self.may_go.wait()
        if 13 in items:
            raise KeyError("thirteen")
        await tx.execute(
            "INSERT INTO migrations (name, checksum)"
            " SELECT 'group ' || n, '' FROM unnest($1::int[]) AS n",
            items,
        )
        return [Refused("no") if item % 200 == 100 else item * 2 for item in items]


@pytest.fixture
def writing() -> Writing:
    return Writing()


@pytest.fixture(autouse=True)
async def clean(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM migrations WHERE name LIKE 'group %'")


async def written(database: Database) -> set[int]:
    async with database.transaction() as tx:
        rows = await tx.fetch(
            "DELETE FROM migrations WHERE name LIKE 'group %' RETURNING substr(name, 7)::int AS n"
        )
    return {row["n"] for row in rows}


async def test_each_is_answered_with_its_own_result(database: Database, writing: Writing) -> None:
    """A hundred concurrent writes are written, and each gets its own result."""
    group: Group = GroupCommit("numbers", database, writing)
    async with running(group):
        answers = await asyncio.gather(*[group.submit(number) for number in range(14, 80)])
    assert answers == [number * 2 for number in range(14, 80)]
    assert await written(database) == set(range(14, 80))


async def test_writes_during_a_flush_join_the_next(database: Database, writing: Writing) -> None:
    """Writes that arrive during a flush share the next one."""
    group: Group = GroupCommit("numbers", database, writing)
    writing.may_go.clear()
    async with running(group), asyncio.TaskGroup() as tasks:
        tasks.create_task(group.submit(1))
        await until(lambda: writing.groups)
        for number in range(2, 10):
            tasks.create_task(group.submit(number))
        await asyncio.sleep(0)
        writing.may_go.set()
    assert writing.groups == [[1], list(range(2, 10))]
    await written(database)


async def test_one_bad_item_fails_alone(database: Database, writing: Writing) -> None:
    """A failing group is halved until only the bad item is left."""
    group: Group = GroupCommit("numbers", database, writing)
    async with running(group):
        answers = await asyncio.gather(
            *[group.submit(number) for number in range(8, 20)], return_exceptions=True
        )
    failed = [type(answer) for answer in answers if isinstance(answer, BaseException)]
    assert failed == [KeyError]
    assert await written(database) == set(range(8, 20)) - {13}


async def test_a_refused_item_leaves_the_others_written(
    database: Database, writing: Writing
) -> None:
    """An exception in the place of a result goes to that caller only."""
    group: Group = GroupCommit("numbers", database, writing)
    async with running(group):
        with pytest.raises(Refused):
            await group.submit(100)
        assert await group.submit(101) == 202
    await written(database)


async def test_a_caller_who_left_is_not_written_for(database: Database, writing: Writing) -> None:
    """A write that is cancelled while it waits leaves no row, and affects no other."""
    group: Group = GroupCommit("numbers", database, writing)
    writing.may_go.clear()
    async with running(group), asyncio.TaskGroup() as tasks:
        tasks.create_task(group.submit(1))
        await until(lambda: writing.groups)
        left = tasks.create_task(group.submit(2))
        tasks.create_task(group.submit(3))
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.wait([left])
        writing.may_go.set()
    assert await written(database) == {1, 3}


async def test_wrong_number_of_results_is_a_defect_and_nothing_is_written(
    database: Database,
) -> None:
    """A wrong number of results commits nothing and fails every write."""

    async def forgetful(tx: Transaction, items: Sequence[int]) -> Sequence[int | Exception]:
        await tx.execute("INSERT INTO migrations (name, checksum) VALUES ('group 1', '')")
        return list(items)[1:]

    group: Group = GroupCommit("numbers", database, forgetful)
    async with running(group):
        outcomes = await asyncio.gather(group.submit(1), group.submit(2), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ValueError, ValueError]
    assert await written(database) == set()


async def test_an_outage_fails_every_write_and_later_writes_succeed(
    database: Database, writing: Writing, postgres: EmbeddedPostgres
) -> None:
    """In an outage every write fails at once; later writes succeed."""
    group: Group = GroupCommit("numbers", database, writing)
    async with running(group):
        await group.submit(1)
        postgres.kill()
        await until(lambda: _is_refused(group))  # a backend may outlive its server for a moment
        outcomes = await asyncio.gather(
            *[group.submit(number) for number in range(2, 6)], return_exceptions=True
        )
        assert {type(outcome) for outcome in outcomes} == {Unavailable}
        await postgres.start()
        assert await until(lambda: _submitted(group, 7)) == 14
    assert {1, 7} <= await written(database)


async def _is_refused(group: Group) -> bool:
    try:
        await group.submit(1_000)
    except Unavailable:
        return True
    return False


async def test_too_many_writes_are_refused(database: Database, writing: Writing) -> None:
    """Over the limit, writes are refused and the component is not ready."""
    group: Group = GroupCommit("numbers", database, writing, max_waiting=2)
    writing.may_go.clear()
    async with running(group), asyncio.TaskGroup() as tasks:
        tasks.create_task(group.submit(1))
        await until(lambda: writing.groups)
        for number in (2, 3):
            tasks.create_task(group.submit(number))
        await asyncio.sleep(0)
        assert not group.health().ready
        with pytest.raises(Unavailable) as failure:
            await group.submit(4)
        assert failure.value.retry_after_s == 1
        writing.may_go.set()
    assert await written(database) == {1, 2, 3}


async def test_a_drain_writes_what_waits_and_answers_latecomers(
    database: Database, writing: Writing
) -> None:
    """A drain writes waiting items, and refuses later ones."""
    group: Group = GroupCommit("numbers", database, writing)
    async with asyncio.TaskGroup() as tasks:
        async with running(group):
            task = tasks.create_task(group.submit(1))
            await asyncio.sleep(0)
        assert await task == 2
    with pytest.raises(Unavailable):
        await asyncio.wait_for(group.submit(2), timeout=1)
    assert await written(database) == {1}


async def test_a_cancelled_group_fails_open_writes(database: Database, writing: Writing) -> None:
    """A cancelled group fails all open writes."""
    group: Group = GroupCommit("numbers", database, writing, max_items=2)
    writing.may_go.clear()
    async with asyncio.TaskGroup() as tasks:
        part = tasks.create_task(group.run(asyncio.Event()))
        submitted = [tasks.create_task(_submitted(group, number)) for number in range(6)]
        await until(lambda: writing.groups)
        part.cancel()
    assert {task.result() for task in submitted} == {None}


async def _submitted(group: Group, number: int) -> int | None:
    """The answer, or None while the database is unavailable."""
    try:
        return await group.submit(number)
    except Unavailable:
        return None


async def test_a_hung_database_fails_writes_within_a_second(
    database: Database, writing: Writing, postgres: EmbeddedPostgres
) -> None:
    """Writes fail within a second when the server hangs; later ones succeed."""
    group: Group = GroupCommit("numbers", database, writing)
    async with running(group):
        await group.submit(1)
        with frozen(postgres.pid):
            for number in (2, 3):
                with pytest.raises(Unavailable, match="does not answer"):
                    await asyncio.wait_for(group.submit(number), timeout=1.5)
        async with asyncio.timeout(PATIENCE_S):
            assert await group.submit(7) == 14
    assert {1, 7} <= await written(database)


async def test_a_slow_commit_is_waited_for(database: Database) -> None:
    """A slow server is no outage."""

    async def slow(tx: Transaction, items: Sequence[int]) -> Sequence[int | Exception]:
        await tx.fetchval("SELECT pg_sleep(1)")
        return items

    group: Group = GroupCommit("numbers", database, slow)
    async with running(group):
        assert await group.submit(1) == 1


async def test_a_list_is_written_together_and_answered_each(
    database: Database, writing: Writing
) -> None:
    """A refusal or a defect stands in the place of its item, and the others are written."""
    group: Group = GroupCommit("numbers", database, writing)
    async with running(group):
        answers = await group.submit_all([12, 13, 14, 100])
        assert await group.submit_all([]) == []
    assert writing.groups[0] == [12, 13, 14, 100]
    assert (answers[0], answers[2]) == (24, 28)
    assert [type(answers[1]), type(answers[3])] == [KeyError, Refused]
    assert await written(database) == {12, 14, 100}


async def test_a_list_that_does_not_fit_is_refused(database: Database, writing: Writing) -> None:
    """A list that does not fit is refused, and none of it is written."""
    group: Group = GroupCommit("numbers", database, writing, max_waiting=2)
    writing.may_go.clear()
    async with running(group), asyncio.TaskGroup() as tasks:
        tasks.create_task(group.submit(1))
        await until(lambda: writing.groups)
        tasks.create_task(group.submit(2))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            async with asyncio.timeout(PATIENCE_S):
                await group.submit_all([3, 4])
        writing.may_go.set()
    assert await written(database) == {1, 2}
