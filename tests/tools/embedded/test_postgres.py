import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.tools.embedded.conftest import pid_left_by_killed_owner
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.postgres import EmbeddedPostgres, answers
from tools.embedded.processes import start_time


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
    dsn = await postgres.ensure_database("kept", "first")
    await answer(dsn, "CREATE TABLE application AS SELECT 7 AS number")
    before = postgres.dsn()
    postgres.kill()
    assert postgres.pid is None
    assert await postgres.start() == before
    assert await answer(dsn, "SELECT number FROM application") == 7


async def test_immediate_stop_keeps_what_was_committed(postgres: EmbeddedPostgres) -> None:
    """A stop without a checkpoint loses nothing."""
    dsn = await postgres.ensure_database("hurried", "first")
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


async def test_failed_start_leaves_nothing_running_and_shows_the_log(folder: Path) -> None:
    """The exception has the end of the log."""
    postgres = EmbeddedPostgres(folder)
    await postgres.start()
    await postgres.stop()
    (folder / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedStackFailed, match=r"ended while starting(.|\n)*version"):
        await postgres.start()
    assert postgres.pid is None


async def test_server_left_by_a_killed_owner_is_ended_and_replaced(folder: Path) -> None:
    """Folder and port are free after a crash of the owner."""
    left = pid_left_by_killed_owner("tools.embedded.postgres", "EmbeddedPostgres", folder)
    assert start_time(left) is not None
    ports = (folder / "ports.json").read_text()
    async with EmbeddedPostgres(folder) as postgres:
        assert start_time(left) is None
        assert postgres.pid != left
        assert (folder / "ports.json").read_text() == ports


async def test_the_server_flushes_commits(postgres: EmbeddedPostgres) -> None:
    """Commits are flushed, and the collation does not depend on the system."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert await answer(postgres.dsn(), f"SHOW {setting}") == "on"
    provider = "SELECT datlocprovider::text FROM pg_database WHERE datname = 'template0'"
    assert await answer(postgres.dsn(), provider) == "b"


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
