import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.postgres import EmbeddedPostgres, answers
from tools.embedded.postgres_settings import server_options


@pytest.fixture(scope="module")
async def postgres(module_folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    async with EmbeddedPostgres(module_folder) as server:
        yield server


async def answer(dsn: str, question: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_killed_server_comes_back_with_its_port_and_data(
    postgres: EmbeddedPostgres,
) -> None:
    """Committed rows are there after a crash, at the same address."""
    await postgres.ensure_database("kept", "first")
    dsn = postgres.owner_dsn("kept")
    await answer(dsn, "CREATE TABLE application AS SELECT 7 AS number")
    before = postgres.dsn()
    postgres.kill()
    assert postgres.pid is None
    assert await postgres.start() == before
    assert await answer(dsn, "SELECT number FROM application") == 7


async def test_immediate_stop_keeps_what_was_committed(postgres: EmbeddedPostgres) -> None:
    """A stop without a checkpoint loses nothing."""
    await postgres.ensure_database("hurried", "first")
    dsn = postgres.owner_dsn("hurried")
    await answer(dsn, "CREATE TABLE application AS SELECT 7 AS number")
    await postgres.stop("immediate")
    await postgres.start()
    assert await answer(dsn, "SELECT number FROM application") == 7


async def test_the_dsn_without_arguments_is_the_superusers(
    postgres: EmbeddedPostgres,
) -> None:
    """The superuser's name is `postgres`."""
    assert await answer(postgres.dsn(), "SELECT current_user") == "postgres"


async def test_password_is_readable_by_its_owner_only(
    postgres: EmbeddedPostgres, module_folder: Path
) -> None:
    """Other users of the machine cannot log in."""
    assert stat.S_IMODE((module_folder / "password").stat().st_mode) == 0o600
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://postgres:guess@127.0.0.1:{postgres.port}/postgres")


async def test_failed_start_leaves_nothing_running_and_shows_the_log(
    postgres: EmbeddedPostgres, module_folder: Path
) -> None:
    """The exception has the end of the log."""
    await postgres.stop()
    version = module_folder / "data" / "PG_VERSION"
    right = version.read_text()
    version.write_text("9\n")
    with pytest.raises(EmbeddedStackFailed, match=r"ended while starting(.|\n)*version"):
        await postgres.start()
    assert postgres.pid is None
    version.write_text(right)
    await postgres.start()


async def test_the_server_flushes_commits(postgres: EmbeddedPostgres) -> None:
    """Commits are flushed, and the collation does not depend on the system."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert await answer(postgres.dsn(), f"SHOW {setting}") == "on"
    provider = "SELECT datlocprovider::text FROM pg_database WHERE datname = 'template0'"
    assert await answer(postgres.dsn(), provider) == "b"


def test_a_server_that_need_not_be_durable_flushes_nothing() -> None:
    """It still writes a commit before it acknowledges it, so a kill of the server loses none."""
    weak = server_options(Path("data"), 1, durable=False)
    assert {"fsync=off", "full_page_writes=off", "synchronous_commit=on"} <= set(weak)
    assert "fsync=on" in server_options(Path("data"), 1, durable=True)


@pytest.mark.parametrize("heard", [b"", b"N", b"S", b"R\x00\x00\x00"])
async def test_a_connection_that_breaks_off_is_no_answer(heard: bytes) -> None:
    """The caller asks again."""

    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(heard)
        writer.close()

    async with await asyncio.start_server(break_off, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        assert not await answers(f"postgresql://any:word@127.0.0.1:{port}/postgres?sslmode=disable")
        assert not await answers(f"postgresql://any:word@127.0.0.1:{port}/postgres")


async def test_a_database_has_an_owner_and_a_role(postgres: EmbeddedPostgres) -> None:
    """Both enter the database; the owner makes tables, the role cannot."""
    dsn = await postgres.ensure_database("catalogue", "first")
    question = "SELECT current_user || '@' || current_database()"
    assert await answer(dsn, question) == "catalogue@catalogue"
    assert await answer(postgres.owner_dsn("catalogue"), question) == "catalogue_owner@catalogue"
    await answer(postgres.owner_dsn("catalogue"), "CREATE TABLE public_service (name text)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await answer(dsn, "CREATE TABLE another (name text)")


@pytest.mark.parametrize("database", ["identity", "postgres", "template1"])
async def test_role_cannot_enter_the_database_of_another(
    postgres: EmbeddedPostgres, database: str
) -> None:
    """A service can connect neither to another's database nor to the server's own."""
    await postgres.ensure_database("identity", "first")
    await postgres.ensure_database("notifications", "second")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(postgres.dsn(database, "notifications"))


async def test_ensuring_again_keeps_the_data_and_takes_the_new_password(
    postgres: EmbeddedPostgres,
) -> None:
    """A repeated set-up deletes nothing."""
    before = await postgres.ensure_database("ministries", "first")
    await answer(postgres.owner_dsn("ministries"), "CREATE TABLE delivery AS SELECT 7 AS number")
    await postgres.ensure_database("ministries", "it's a/second: @word")
    assert await answer(postgres.owner_dsn("ministries"), "SELECT number FROM delivery") == 7
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(before)


async def test_databases_can_be_ensured_concurrently(postgres: EmbeddedPostgres) -> None:
    """Services may start at the same time."""
    async with asyncio.TaskGroup() as starting:
        for name in ("applications", "applications", "sandbox", "gateway"):
            starting.create_task(postgres.ensure_database(name, "same"))
    assert await answer(postgres.dsn("sandbox", "sandbox"), "SELECT 1") == 1


@pytest.mark.parametrize("name", ["postgres", "template0", "pg_monitor"])
async def test_names_of_the_server_are_refused(postgres: EmbeddedPostgres, name: str) -> None:
    """No service can become the superuser."""
    with pytest.raises(EmbeddedStackFailed, match="belongs to the server"):
        await postgres.ensure_database(name, "any")


async def test_a_database_without_an_owner_of_its_own_gets_one(postgres: EmbeddedPostgres) -> None:
    """Database and tables that the service's role owned, as once, belong to the owner."""
    dsn = await postgres.ensure_database("earlier", "first")
    await answer(postgres.dsn("postgres"), "ALTER DATABASE earlier OWNER TO earlier")
    await answer(dsn, "CREATE TABLE delivery AS SELECT 7 AS number")
    await postgres.ensure_database("earlier", "first")
    await answer(postgres.owner_dsn("earlier"), "ALTER TABLE delivery ADD other int")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await answer(dsn, "ALTER TABLE delivery ADD another int")
