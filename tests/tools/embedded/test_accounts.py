import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.postgres import EmbeddedPostgres


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
