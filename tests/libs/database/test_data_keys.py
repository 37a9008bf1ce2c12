"""Data keys in the database: made once, shared, put back, refused without their master key."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from libs.clock import Clock, utc_now
from libs.database import data_keys
from libs.database.pool import Database, OwnConnection
from libs.encryption import KEPT, DataKey, MissingKey
from libs.errors import Unavailable
from libs.settings import ONE_MACHINE_MASTER_KEYS
from tests.ciphers import make_cipher

OTHER = "2030:" + 43 * "m"
Opened = Callable[..., Awaitable[Database]]


@pytest.fixture
async def opened(dsn_for: Callable[[str], Awaitable[str]]) -> AsyncIterator[Opened]:
    """Open the database of ministries as a replica with these master keys; afterwards as before."""
    async with AsyncExitStack() as stack:
        dsn = await dsn_for("ministries")
        await _forget(dsn)
        stack.push_async_callback(_forget, dsn)

        async def make(
            master_keys: str = ONE_MACHINE_MASTER_KEYS, at: datetime | None = None
        ) -> Database:
            clock = Clock() if at is None else Clock(lambda: at)
            database = Database(dsn, connections=2, cipher=make_cipher(master_keys, clock))
            stack.push_async_callback(database.close)
            await database.open()
            return database

        yield make


async def _forget(dsn: str) -> None:
    database = Database(dsn, connections=1)
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM data_keys")
        await tx.execute("DELETE FROM hour_keys")
    await database.close()


async def stored(database: Database) -> list[DataKey]:
    async with database.transaction() as tx:
        return sorted(await data_keys.read_keys(tx), key=lambda key: key.data_key_id)


def sealed(database: Database) -> str:
    return database.cipher.seal("a.b", 1, "নমুনা")


async def test_replicas_that_start_together_share_their_data_keys(opened: Opened) -> None:
    """One of them makes the keys; each reads what the others write."""
    replicas = await asyncio.gather(*(opened() for _ in range(4)))
    assert len(await stored(replicas[0])) == 3
    texts = [sealed(replica) for replica in replicas]
    assert {replica.cipher.open("a.b", 1, text) for replica in replicas for text in texts} == {
        "নমুনা"
    }


async def test_a_start_without_a_master_key_is_refused(opened: Opened) -> None:
    """The refusal names the key, and leaves the data keys as they are."""
    first = ONE_MACHINE_MASTER_KEYS.partition(":")[0]
    database = await opened()
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM hour_keys")  # so that a new one is due
    before = await stored(database)
    for wrong in (OTHER, f"{first}:{43 * 'x'}"):
        with pytest.raises(MissingKey, match=first):
            await opened(wrong)
    assert await stored(database) == before
    assert await opened(f"{OTHER},{ONE_MACHINE_MASTER_KEYS}")


async def test_keys_of_an_hour_are_put_back_after_a_crash_of_postgresql(opened: Opened) -> None:
    """Their table is not logged, so that no backup has it."""
    database = await opened()
    before = await stored(database)
    async with database.transaction() as tx:
        kind = await tx.fetchval(
            "SELECT relpersistence::text FROM pg_class WHERE relname = 'hour_keys'"
        )
        await tx.execute("DELETE FROM hour_keys")
    await database.refresh_keys()
    assert kind == "u"
    assert await stored(database) == before


async def test_the_keys_of_past_hours_are_deleted(opened: Opened) -> None:
    """A replica that starts later deletes them, and makes the key of its hour."""
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    (old,) = [key for key in await stored(await opened(at=now)) if key.purpose == "hour"]
    later = await stored(await opened(at=now + KEPT))
    assert old not in later
    assert [key.purpose for key in later].count("hour") == 1


async def test_a_value_of_a_data_key_that_is_not_read_yet_is_tried_again(opened: Opened) -> None:
    """Another replica made the key a moment ago; the caller is told to come back."""
    database, other = await opened(), await opened()
    async with other.transaction() as tx:
        key = tx.cipher.master_keys.new_data_key("rows", utc_now())
        await data_keys.insert_keys(tx, [key], made_by="test")
        await tx.execute("DELETE FROM data_keys WHERE purpose = 'rows' AND made_by <> 'test'")
    await other.refresh_keys()
    text = sealed(other)
    with pytest.raises(Unavailable, match="data key"):
        async with database.transaction() as tx:
            tx.cipher.open("a.b", 1, text)
    await database.refresh_keys()
    assert database.cipher.open("a.b", 1, text) == "নমুনা"


async def test_the_data_keys_are_read_before_the_first_transaction(
    opened: Opened, dsn_for: Callable[[str], Awaitable[str]]
) -> None:
    """On a connection of its own too, which a consumer opens before anything else."""
    await opened()
    database = Database(await dsn_for("ministries"), connections=1, cipher=make_cipher())
    own = OwnConnection()
    async with database.transaction(own) as tx:
        assert tx.cipher.seal("a.b", 1, "x")
    await own.close()
    await database.close()


async def test_a_service_without_a_secret_has_no_cipher(
    dsn_for: Callable[[str], Awaitable[str]],
) -> None:
    """It cannot store personal data by mistake."""
    database = Database(await dsn_for("catalogue"), connections=1)
    async with database.transaction() as tx:
        with pytest.raises(LookupError):
            tx.cipher.seal("a.b", 1, "x")
    await database.close()
