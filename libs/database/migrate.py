"""Migrates a service's database to the schema of its code; run as a deploy step.

Forward only: a file is applied once, in its own transaction, and never edited afterwards (its
checksum is compared). Its name has the folder of its capability; the file of a folder that was
renamed is found by its checksum. An advisory lock makes concurrent deploys safe.

A file that makes an index `CONCURRENTLY` is applied outside a transaction, so that the service
writes on meanwhile. PostgreSQL leaves an index that is not valid if that is interrupted, so such a
file first drops what it makes.

A file that changes a table which is there waits a second for its lock, since all later requests
wait behind it. If it does not get it, it is tried again later, for five minutes.

Migrations run as the owner of the database. The service itself logs in as the role that has the
database's name, which can read and write rows and cannot change the schema.
"""

import asyncio
import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import structlog

from libs.backoff import Backoff
from libs.errors import Unavailable

_ROOT = Path(__file__).resolve().parents[2]
_LOCK = 7_262_401  # advisory lock of a migration
_LOOK_EVERY_S = 0.1
_TRIED_FOR_S = 300.0
_LOCKED = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
_CONCURRENTLY = re.compile(r"^(CREATE (UNIQUE )?|DROP )INDEX CONCURRENTLY ", re.MULTILINE)
_END_OF_STATEMENT = re.compile(r"(?<=;)\n")
_LIBRARIES = ("audit", "database", "messaging", "two_people", "web")
# MAINTAIN: the relay vacuums the outbox. No TRUNCATE, REFERENCES or TRIGGER.
_GRANTS = """
    SELECT string_agg(format(line, rolname), ';')
      FROM pg_roles, unnest(ARRAY[
           'GRANT USAGE ON SCHEMA public TO %1$I',
           'GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON ALL TABLES IN SCHEMA public TO %1$I',
           'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %1$I',
           'REVOKE INSERT, UPDATE, DELETE ON migrations FROM %1$I']) AS line
     WHERE rolname = current_database()
       AND rolname <> current_user
"""


log = structlog.get_logger()


class MigrationChanged(Exception):
    """A migration was edited after it was applied."""


class TableLocked(Exception):
    """A migration did not get the lock of a table for five minutes."""


@dataclass(frozen=True, slots=True)
class Migration:
    """An SQL file: `<library or capability>/<number>_<what>.sql`."""

    name: str
    sql: str

    @property
    def is_concurrent(self) -> bool:
        """Whether it is applied outside a transaction."""
        return _CONCURRENTLY.search(self.sql) is not None

    @property
    def checksum(self) -> str:
        """The SHA-256 of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations_of(service: str) -> list[Migration]:
    """Every migration of a service in the order of application.

    The migrations of the libraries come first, then those of the service's capabilities, by their
    numbers: one that needs a table of another capability has a higher number.
    """
    of_libraries = [
        file
        for library in _LIBRARIES
        for file in sorted((_ROOT / "libs" / library / "migrations").glob("[0-9]*.sql"))
    ]
    of_capabilities = (_ROOT / "services" / service).glob("*/migrations/[0-9]*.sql")
    return [
        Migration(f"{file.parent.parent.name}/{file.name}", file.read_text(encoding="utf-8"))
        for file in [*of_libraries, *sorted(of_capabilities, key=_order)]
    ]


def _order(file: Path) -> tuple[str, str]:
    return file.name.partition("_")[0], file.as_posix()


async def migrate(dsn: str, service: str) -> list[str]:
    """Apply the migrations that are not applied yet, and return their names.

    Args:
        dsn: the database, as the role that owns it.
        service: whose migrations.

    Raises:
        MigrationChanged: a file was edited after it was applied.
        TableLocked: another transaction kept a file from its table for five minutes; the files
            before it are applied.
        Unavailable: the database does not answer, or refuses the login.
    """
    connection = await _connected(dsn)
    try:
        await _lock(connection)
        migrations = migrations_of(service)
        done = await _renamed(connection, migrations, await _applied(connection))
        applied = [
            migration.name for migration in migrations if await _apply(connection, migration, done)
        ]
        if grants := await connection.fetchval(_GRANTS):
            await connection.execute(grants)
        return applied
    finally:
        await connection.close()


async def _connected(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    try:
        return await asyncpg.connect(dsn, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
        raise Unavailable("database", type(failure).__name__) from failure


async def _lock(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Wait until no other deploy migrates this database.

    A statement that waits for a lock has a snapshot, and an index that is made concurrently waits
    for all snapshots: two deploys that wait for one another would never end.
    """
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_EVERY_S)


async def _applied(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, str]:
    await connection.execute(
        """
        CREATE TABLE IF NOT EXISTS migrations (
            name       text PRIMARY KEY,
            checksum   text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    rows = await connection.fetch("SELECT name, checksum FROM migrations")
    return {row["name"]: row["checksum"] for row in rows}


async def _renamed(
    connection: "asyncpg.Connection[asyncpg.Record]",
    migrations: Sequence[Migration],
    done: Mapping[str, str],
) -> dict[str, str]:
    """Rename the rows of files whose capability has another name now, found by their checksum."""
    names = {migration.name for migration in migrations}
    names_before = {checksum: name for name, checksum in done.items() if name not in names}
    renames = [
        (names_before[migration.checksum], migration.name)
        for migration in migrations
        if migration.name not in done and migration.checksum in names_before
    ]
    await connection.executemany("UPDATE migrations SET name = $2 WHERE name = $1", renames)
    return {**done, **{after: done[before] for before, after in renames}}


async def _apply(
    connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration, done: dict[str, str]
) -> bool:
    before = done.get(migration.name)
    if before == migration.checksum:
        return False
    if before is not None:
        raise MigrationChanged(f"{migration.name} was applied and has been edited since")
    backoff, until_s = Backoff(first_s=0.5), time.monotonic() + _TRIED_FOR_S
    while True:
        try:
            await _execute(connection, migration)
        except _LOCKED as failure:
            log.warning("migration waits for a lock", migration=migration.name)
            if time.monotonic() > until_s:
                raise TableLocked(f"{migration.name}: a table is locked: {failure}") from failure
            await asyncio.sleep(backoff.next_s())
        else:
            log.info("migration applied", migration=migration.name)
            return True


async def _execute(connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration) -> None:
    if migration.is_concurrent:
        for statement in _END_OF_STATEMENT.split(migration.sql.rstrip()):
            await connection.execute(statement)
        await _note(connection, migration)
    else:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await _note(connection, migration)


async def _note(connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration) -> None:
    await connection.execute(
        "INSERT INTO migrations (name, checksum) VALUES ($1, $2)",
        migration.name,
        migration.checksum,
    )
