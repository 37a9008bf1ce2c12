"""A backup as the runbook makes it: encrypted, restored elsewhere, read with the master key."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest

from libs.clock import utc_now
from libs.contracts.identity import CodeRequested
from libs.database.migrate import migrate
from libs.database.pool import Database
from libs.encryption import MissingKey
from libs.ids import new_id
from libs.messaging.writing import outbox
from services.identity.citizens import queries
from services.identity.citizens.rules import Citizen
from tests.backups import base_backup, restore
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
