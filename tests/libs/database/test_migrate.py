"""Migrations: each once, forward only, never edited, several deploys at once."""

import asyncio
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from libs.database.migrate import MigrationChanged, migrate, migrations_of
from services.registry import WITH_DATABASE
from tests.waiting import PATIENCE_S, until
from tools.embedded.postgres import EmbeddedPostgres

_WRITE = """
    INSERT INTO messages (message_id, citizen_id, application_id, template)
    VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'submitted')
"""
_WAITING = """
    SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'
       AND query LIKE $1 AND pid <> pg_backend_pid()
"""
_KILL = f"SELECT pg_terminate_backend(pid) FROM ({_WAITING}) AS waiting"  # noqa: S608
_IS_VALID = """
    SELECT indisvalid FROM pg_index WHERE indexrelid = 'messages_by_tracking_number'::regclass
"""


@pytest.fixture
async def dsn(postgres: EmbeddedPostgres) -> str:
    """An empty database of its own, as its owner."""
    await postgres.ensure_database("migrate_test", "only-for-tests")
    owner = postgres.owner_dsn("migrate_test")
    await _execute(owner, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return owner


async def _execute(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def test_each_file_is_applied_once_libraries_first(dsn: str) -> None:
    """The second run applies nothing."""
    applied = await migrate(dsn, "notifications")
    assert applied == [migration.name for migration in migrations_of("notifications")]
    assert [*dict.fromkeys(name.split("/")[0] for name in applied)][:5] == [
        "audit",
        "database",
        "messaging",
        "two_people",
        "web",
    ]
    assert await migrate(dsn, "notifications") == []


def test_every_migration_in_the_code_is_applied() -> None:
    """A file that is in no library and in no capability would be left out without a word."""
    top = Path(__file__).resolve().parents[3]
    files = [*top.glob("services/**/migrations/*"), *top.glob("libs/**/migrations/*")]
    names = {f"{file.parent.parent.name}/{file.name}" for file in files}
    assert names == {
        migration.name for service in WITH_DATABASE for migration in migrations_of(service)
    }


def test_a_file_with_a_higher_number_comes_later_whatever_its_capability() -> None:
    """So one that needs a table of another capability is applied after it."""
    names = [migration.name for migration in migrations_of("applications")]
    assert names.index("moves/0002_moves.sql") > names.index("lifecycle/0001_lifecycle.sql")


async def test_two_deploys_at_once_do_not_meet(dsn: str) -> None:
    """One of two concurrent deploys applies, the other finds it done."""
    both = await asyncio.gather(migrate(dsn, "notifications"), migrate(dsn, "notifications"))
    assert sorted(map(len, both)) == [0, len(migrations_of("notifications"))]


async def test_an_edited_migration_is_refused(dsn: str) -> None:
    """An applied migration must not change."""
    await migrate(dsn, "notifications")
    await _execute(dsn, "UPDATE migrations SET checksum = 'x' WHERE name LIKE 'messaging/%'")
    with pytest.raises(MigrationChanged, match="messaging/0001_messaging"):
        await migrate(dsn, "notifications")


async def test_a_file_of_a_renamed_capability_is_not_applied_again(dsn: str) -> None:
    """It is known by its checksum, and has its new name from then on."""
    await migrate(dsn, "notifications")
    await _execute(dsn, "UPDATE migrations SET name = replace(name, 'messages/', 'texts/')")
    assert await migrate(dsn, "notifications") == []
    await _execute(dsn, "UPDATE migrations SET checksum = 'x' WHERE name LIKE 'messages/%'")
    with pytest.raises(MigrationChanged, match="messages/0001_messages"):
        await migrate(dsn, "notifications")


async def test_a_migration_that_fails_leaves_nothing_of_itself(dsn: str) -> None:
    """A file is one transaction; the next run begins with it again."""
    await _execute(dsn, "CREATE TABLE idempotency (in_the_way int)")
    with pytest.raises(asyncpg.DuplicateTableError):
        await migrate(dsn, "notifications")
    await _execute(dsn, "DROP TABLE idempotency")
    applied = await migrate(dsn, "notifications")
    assert applied[0] == "web/0001_web.sql"


async def test_an_index_is_made_while_others_write(dsn: str) -> None:
    """An open transaction that has written is waited for, and new ones are not kept waiting."""
    await migrate(dsn, "notifications")
    await _execute(dsn, "DELETE FROM migrations WHERE name LIKE '%by_tracking_number%'")
    writer = await asyncpg.connect(dsn)
    transaction = writer.transaction()
    await transaction.start()
    await writer.execute(_WRITE)
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        migrating = tasks.create_task(migrate(dsn, "notifications"))
        await until(partial(_waits_for_writers, dsn))
        await _execute(dsn, f"SET lock_timeout = '1s'; {_WRITE}")
        await transaction.commit()
        assert len(await migrating) == 1
    await writer.close()


async def test_an_expand_that_waits_for_a_lock_keeps_no_request_waiting(dsn: str) -> None:
    """Requests behind it are answered while the lock is still held, and it comes in afterwards."""
    await migrate(dsn, "notifications")
    await _execute(
        dsn, "DELETE FROM migrations WHERE name = 'messaging/0002_outbox_age_expand.sql'"
    )
    await _execute(dsn, "ALTER TABLE outbox DROP COLUMN added_at")
    reader = await asyncpg.connect(dsn)
    transaction = reader.transaction()
    await transaction.start()
    await reader.execute("SELECT count(*) FROM outbox")
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        migrating = tasks.create_task(migrate(dsn, "notifications"))
        for _ in range(2):
            await until(partial(_is_waiting, dsn, "%ALTER TABLE outbox%"))
            await _execute(dsn, "DELETE FROM outbox")
        await transaction.commit()
        assert await migrating == ["messaging/0002_outbox_age_expand.sql"]
    await reader.close()


async def test_an_index_that_was_not_finished_is_made_anew(dsn: str) -> None:
    """A migration that was killed leaves an index that is not valid, and writes that keep it."""
    await migrate(dsn, "notifications")
    await _execute(dsn, "DELETE FROM migrations WHERE name LIKE '%by_tracking_number%'")
    await _execute(dsn, "DROP INDEX messages_by_tracking_number")
    writer = await asyncpg.connect(dsn)
    async with asyncio.timeout(PATIENCE_S), writer.transaction(), asyncio.TaskGroup() as tasks:
        await writer.execute(_WRITE)
        killed = tasks.create_task(_is_killed(dsn))
        await until(partial(_waits_for_writers, dsn))
        await writer.execute(_KILL, "%INDEX CONCURRENTLY%")
        assert await killed
    assert await writer.fetchval(_IS_VALID) is False
    assert len(await migrate(dsn, "notifications")) == 1
    assert await writer.fetchval(_IS_VALID) is True
    await writer.close()


async def _is_killed(dsn: str) -> bool:
    try:
        await migrate(dsn, "notifications")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return True
    return False


async def _waits_for_writers(dsn: str) -> bool:
    return await _is_waiting(dsn, "%INDEX CONCURRENTLY%")


async def _is_waiting(dsn: str, statement: str) -> bool:
    connection = await asyncpg.connect(dsn)
    try:
        return bool(await connection.fetch(_WAITING, statement))
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE another (id int)",
        "ALTER TABLE outbox ADD COLUMN another int",
        "DROP TABLE outbox",
        "TRUNCATE outbox",
        "CREATE INDEX another ON outbox (id)",
        "CREATE FUNCTION another() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TEMPORARY TABLE another (id int)",
        "ALTER TABLE outbox OWNER TO migrate_test",
        "UPDATE migrations SET checksum = 'x'",
        "SET ROLE migrate_test_owner",
    ],
)
async def test_a_service_cannot_change_its_schema(
    postgres: EmbeddedPostgres, dsn: str, statement: str
) -> None:
    """The role of a service has the rows; tables belong to the role of the migrations."""
    await migrate(dsn, "notifications")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _execute(postgres.dsn("migrate_test", "migrate_test"), statement)


async def test_a_service_has_the_rows_of_its_tables(postgres: EmbeddedPostgres, dsn: str) -> None:
    """It reads and writes rows, vacuums the outbox, and reads which migrations are applied."""
    await migrate(dsn, "notifications")
    for statement in ("DELETE FROM outbox", "VACUUM outbox", "SELECT name FROM migrations"):
        await _execute(postgres.dsn("migrate_test", "migrate_test"), statement)
