"""The database: failures as our own exceptions, notifications after commits, recovery."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from libs.database.pool import Database, OwnConnection, is_temporary
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.ids import new_id
from tests.libs.database.running import black_hole
from tests.waiting import until
from tools.embedded.postgres import EmbeddedPostgres

DsnFor = Callable[[str], Awaitable[str]]


async def count(database: Database) -> int:
    async with database.transaction() as tx:
        return int(await tx.fetchval("SELECT count(*) FROM inbox"))


async def mark(database: Database, own: OwnConnection | None = None) -> None:
    async with database.transaction(own) as tx:
        await tx.execute("INSERT INTO inbox (event_key) VALUES ($1)", new_id())


async def outcome(database: Database, own: OwnConnection | None = None) -> Unavailable | None:
    try:
        await mark(database, own)
    except Unavailable as failure:
        return failure
    return None


async def mark_and_fail(database: Database, failure: BaseException) -> None:
    async with database.transaction() as tx:
        await tx.execute("INSERT INTO inbox (event_key) VALUES ($1)", new_id())
        tx.notify_on_commit("errands")
        raise failure


async def test_a_failed_transaction_has_no_effect(database: Database) -> None:
    """A failed transaction has no effect and notifies no listener."""
    woken: list[str] = []
    database.on_notification("errands", lambda: woken.append("errands"))
    with pytest.raises(LookupError):
        await mark_and_fail(database, LookupError())
    assert await count(database) == 0
    assert woken == []


async def test_a_savepoint_undoes_its_body_only(database: Database) -> None:
    """Rows, notifications and what follows the commit; all else is committed."""
    called: list[str] = []
    database.on_notification("undone", lambda: called.append("notified"))

    async def undo(tx: Transaction) -> None:
        async with tx.savepoint():
            await tx.execute("INSERT INTO kept VALUES (2)")
            tx.after_commit(lambda: called.append("undone"))
            tx.notify_on_commit("undone")
            raise LookupError

    async with database.transaction() as tx:
        await tx.execute("CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT 1 AS number")
        tx.after_commit(lambda: called.append("before"))
        with pytest.raises(LookupError):
            await undo(tx)
        async with tx.savepoint():
            tx.after_commit(lambda: called.append("kept"))
        assert await tx.fetchval("SELECT count(*) FROM kept") == 1
    assert called == ["before", "kept"]


async def test_after_commit_calls_nothing_after_a_rollback(
    database: Database,
) -> None:
    """The function is not called."""
    called: list[str] = []

    async def roll_back() -> None:
        async with database.transaction() as tx:
            tx.after_commit(lambda: called.append("rolled back"))
            raise LookupError

    with pytest.raises(LookupError):
        await roll_back()
    async with database.transaction() as tx:
        tx.after_commit(lambda: called.append("committed"))
        assert called == []
    assert called == ["committed"]


async def test_a_notification_comes_after_the_commit(database: Database) -> None:
    """Listeners are notified after the commit."""
    woken: list[int] = []
    database.on_notification("errands", lambda: woken.append(1))
    database.on_notification("errands", lambda: woken.append(2))
    database.on_notification("others", lambda: woken.append(3))
    async with database.transaction() as tx:
        tx.notify_on_commit("errands")
        assert woken == []
    assert woken == [1, 2]


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    """A missing server is Unavailable, after a short time."""
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable) as failure:
        await count(database)
    assert failure.value.dependency == "database"
    assert not database.health().ready


async def test_a_busy_pool_fails_within_a_second(dsn_for: DsnFor) -> None:
    """Without a free connection a caller fails within a second."""
    database = Database(await dsn_for("identity"), connections=1)
    async with database.transaction():
        begun_s = asyncio.get_running_loop().time()
        with pytest.raises(Unavailable):
            await count(database)
        assert asyncio.get_running_loop().time() - begun_s < 2.5
    assert await count(database) == 0
    await database.close()


async def test_waits_for_a_connection_are_measured(dsn_for: DsnFor) -> None:
    """Also one that ended without a connection."""
    waits: list[float] = []
    database = Database(await dsn_for("identity"), connections=1, wait_s=0.1, waited=waits.append)
    async with database.transaction():
        with pytest.raises(Unavailable):
            await count(database)
    free, busy = waits
    assert free < 0.1 <= busy
    await database.close()


async def until_it_is_found_again(database: Database) -> None:
    """Wait until the same pool works on, with what was committed."""

    async def found() -> bool:
        try:
            return await count(database) == 1
        except Unavailable:
            return False

    await until(found)


async def test_the_pool_reconnects_after_a_restart(
    dsn_for: DsnFor, postgres: EmbeddedPostgres
) -> None:
    """Committed rows are there after the crash."""
    database = Database(await dsn_for("identity"), connections=2)
    await mark(database)
    postgres.kill()
    with pytest.raises(Unavailable):
        await mark(database)
    await postgres.start()
    await until_it_is_found_again(database)
    await database.close()


async def test_a_connection_cut_in_the_middle_is_unavailable(dsn_for: DsnFor) -> None:
    """A connection that breaks in a transaction is an outage, and nothing is written."""
    database = Database(await dsn_for("identity"), connections=2)

    async def cut_off() -> None:
        async with database.transaction() as tx:
            await tx.execute("INSERT INTO inbox (event_key) VALUES ($1)", new_id())
            own = await tx.fetchval("SELECT pg_backend_pid()")
            async with database.transaction() as other:
                await other.fetchval("SELECT pg_terminate_backend($1)", own)
            await tx.execute("SELECT 1")

    with pytest.raises(Unavailable):
        await cut_off()
    assert await count(database) == 0
    await database.close()


async def test_a_deadlock_is_worth_another_try(dsn_for: DsnFor) -> None:
    """One of two deadlocked transactions is Unavailable, the other commits."""
    database = Database(await dsn_for("identity"), connections=4)
    first, second, both_locked = new_id(), new_id(), asyncio.Barrier(2)
    async with database.transaction() as tx:
        await tx.execute("INSERT INTO inbox (event_key) VALUES ($1), ($2)", first, second)

    async def lock(*keys: object) -> None:
        async with database.transaction() as tx:
            for key in keys:
                await tx.execute("UPDATE inbox SET handled_at = now() WHERE event_key = $1", key)
                if key == keys[0]:
                    await both_locked.wait()

    outcomes = await asyncio.gather(
        lock(first, second), lock(second, first), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["NoneType", "Unavailable"]
    await database.close()


@pytest.mark.parametrize(
    ("sql", "argument"),
    [
        ("SELECT $1::int", 2**40),
        ("SELECT $1::text", "half\x00text"),
        ("SELECT $1::uuid", "the connection is closed"),
        ("SELECT nothing_of_the_kind($1::int)", 1),
    ],
)
async def test_a_defect_is_not_an_outage(database: Database, sql: str, argument: object) -> None:
    """A value that does not fit its column, or wrong SQL."""
    with pytest.raises(Exception) as failure:  # noqa: PT011 -- of several families
        async with database.transaction() as tx:
            await tx.fetchval(sql, argument)
    assert not isinstance(failure.value, Unavailable)
    assert await count(database) == 0


@pytest.mark.parametrize(
    ("failure", "is_temporary_one"),
    [
        (asyncpg.ConnectionDoesNotExistError(), True),
        (asyncpg.AdminShutdownError(), True),
        (asyncpg.TooManyConnectionsError(), True),
        (asyncpg.DeadlockDetectedError(), True),
        (asyncpg.SerializationError(), True),
        (asyncpg.LockNotAvailableError(), True),
        (asyncpg.ReadOnlySQLTransactionError(), True),
        (asyncpg.InterfaceError("connection is closed"), True),
        (asyncpg.InterfaceError("pool is closing"), True),
        (asyncpg.InternalClientError("another operation is in progress"), True),
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (asyncpg.UniqueViolationError(), False),
        (asyncpg.UndefinedTableError(), False),
        (asyncpg.InterfaceError("the server expects 2 arguments for this query"), False),
        (KeyError(), False),
    ],
)
def test_is_temporary(failure: BaseException, is_temporary_one: bool) -> None:
    """Only temporary failures count as an outage."""
    assert is_temporary(failure) is is_temporary_one


async def test_a_dedicated_connection_is_outside_of_the_pool(dsn_for: DsnFor) -> None:
    """It can hold a lock while the pool is used."""
    database = Database(await dsn_for("identity"), connections=1)
    connection = await database.dedicated()
    assert await connection.fetchval("SELECT pg_try_advisory_lock(1)")
    assert await count(database) == 0
    await connection.close()
    await database.close()


async def test_single_statements_share_one_connection_and_commit_by_themselves(
    database: Database,
) -> None:
    """Rows stay without the end of a transaction, and the session is reused."""
    own = OwnConnection()
    pids: set[int] = set()
    for _ in range(3):
        async with database.statements(own) as tx:
            pids.add(await tx.fetchval("SELECT pg_backend_pid()"))
            await tx.execute("INSERT INTO inbox (event_key) VALUES ($1)", new_id())
    assert len(pids) == 1
    assert await count(database) == 3
    await own.close()
    await own.close()


async def test_after_a_failure_a_connection_of_ones_own_is_a_new_one(database: Database) -> None:
    """After a failure an own connection is replaced."""
    own = OwnConnection()
    async with database.statements(own) as tx:
        before = await tx.fetchval("SELECT pg_backend_pid()")
    async with database.transaction() as tx:
        await tx.fetchval("SELECT pg_terminate_backend($1)", before)

    async def is_new() -> bool:
        try:
            async with database.statements(own) as tx:
                return bool(await tx.fetchval("SELECT pg_backend_pid()") != before)
        except Unavailable:
            assert own.connection is None
            return False

    await until(is_new)
    await own.close()


@pytest.mark.parametrize("own", [None, OwnConnection()], ids=["pool", "own"])
async def test_a_network_that_drops_everything_is_an_outage(
    dsn_for: DsnFor, own: OwnConnection | None
) -> None:
    """The statement ends as an outage, and the pool then reconnects.

    The same applies to a component's own connection.
    """
    async with black_hole(await dsn_for("identity")) as way:
        database = Database(way.dsn, connections=2)
        await mark(database, own)
        way.swallows.set()
        async with asyncio.TaskGroup() as tasks:
            swallowed = tasks.create_task(outcome(database, own))
            assert (await asyncio.wait([swallowed], timeout=15))[0], "still waiting"
        assert isinstance(swallowed.result(), Unavailable)
        way.swallows.clear()
        await until_it_is_found_again(database)
        await database.close()


async def test_transactions_on_an_own_connection_use_the_same_one_and_close_it_with_the_database(
    database: Database,
) -> None:
    """A defect rolls back the transaction and keeps the connection."""
    own = OwnConnection()
    await mark(database, own)
    first = own.connection
    with pytest.raises(asyncpg.PostgresError):
        async with database.transaction(own) as tx:
            await tx.execute("SELECT 1 / 0")
    await mark(database, own)
    assert own.connection is first
    assert await count(database) == 2
    await database.close()
    assert first is not None
    assert first.is_closed()


async def test_a_probe_whose_connection_breaks_just_then_is_no_answer(database: Database) -> None:
    """A server that ends its connections is away for now; whoever asked goes on."""
    killer = await database.dedicated()
    others = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
    """
    for turns in range(60):  # the moment in which it matters is met once in ten
        await database.answers(within_s=5)
        async with asyncio.TaskGroup() as tasks:
            ending = tasks.create_task(killer.execute(others))
            while not ending.done():
                await asyncio.sleep(0)
            for _ in range(turns % 30):
                await asyncio.sleep(0)
            assert await database.answers(within_s=5) in {True, False}
    await killer.close()


async def test_a_slow_statement_is_not_cut_off(database: Database) -> None:
    """If the server answers a probe, a long statement may finish."""
    async with database.transaction() as tx:
        assert await tx.fetchval("SELECT pg_sleep(4) IS NOT NULL")
