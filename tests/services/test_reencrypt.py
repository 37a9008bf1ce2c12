"""A new data key and a new master key, while the service writes."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from libs.clock import Clock, utc_now
from libs.database.pool import Database
from libs.encryption import LEAD, MissingKey
from libs.ids import new_id
from libs.settings import ONE_MACHINE_MASTER_KEYS
from operations.encrypt_again import begin, encrypt_again, finish
from operations.reencrypt import encrypted_columns
from services.identity.citizens import queries as citizens
from services.identity.citizens.rules import Citizen
from services.registry import entry_of
from tests.ciphers import make_cipher
from tests.services.scenes import ENCRYPTED, GOES_BY_ITSELF

NEW = "2030:" + 43 * "m"
COLUMNS = encrypted_columns(entry_of("identity").package)
KNOWN = f"{ONE_MACHINE_MASTER_KEYS},{NEW}"  # before the new one comes first
BOTH = f"{NEW},{ONE_MACHINE_MASTER_KEYS}"
DsnFor = Callable[[str], Awaitable[str]]
_PLACE = re.compile(r'"([a-z_]+\.[a-z_]+)"', re.ASCII)


class Replicas:
    """Replicas of identity on one database, with one clock that a test moves."""

    def __init__(self, dsn: str, stack: AsyncExitStack) -> None:
        self._dsn = dsn
        self._stack = stack
        self.is_later = False

    def _now(self) -> Clock:
        return Clock(lambda: utc_now() + 2 * LEAD if self.is_later else utc_now())

    async def start(self, master_keys: str) -> Database:
        """Start a replica; it ends with the test."""
        database = Database(self._dsn, connections=4, cipher=make_cipher(master_keys, self._now()))
        self._stack.push_async_callback(database.close)
        await database.open()
        return database

    async def forget_keys(self) -> None:
        """Delete the data keys."""
        database = Database(self._dsn, connections=1)
        async with database.transaction() as tx:
            await tx.execute("DELETE FROM data_keys")
            await tx.execute("DELETE FROM hour_keys")
        await database.close()


@pytest.fixture
async def replicas(dsn_for: DsnFor) -> AsyncIterator[Replicas]:
    """Replicas on an empty database; other tests find it without data keys of this one."""
    async with AsyncExitStack() as stack:
        made = Replicas(await dsn_for("identity"), stack)
        await made.forget_keys()
        stack.push_async_callback(made.forget_keys)
        yield made


async def store(database: Database, number: int) -> Citizen:
    citizen = Citizen(new_id(), f"+88017{number:08d}", "bn", nid="1990123456789")
    async with database.transaction() as tx:
        await citizens.insert_citizens(tx, [citizen], seen_at=utc_now())
    await change(database, citizen)
    return citizen


async def change(database: Database, citizen: Citizen) -> None:
    async with database.transaction() as tx:
        await citizens.update_citizen(tx, citizen)


async def read(database: Database, citizen: Citizen) -> Citizen | None:
    async with database.transaction() as tx:
        return await citizens.read_citizen(tx, citizen.citizen_id)


async def test_after_a_rotation_the_old_master_key_can_go(replicas: Replicas) -> None:
    """Rows before and after it are read, under the new master key alone."""
    old = await replicas.start(ONE_MACHINE_MASTER_KEYS)
    before = [await store(old, number) for number in range(3)]
    database = await replicas.start(BOTH)
    key = await begin(database, by="Rahima")
    replicas.is_later = True
    counts = await encrypt_again(database, COLUMNS, key)
    await finish(database)
    assert counts["citizens.phone"] == counts["citizens.nid"] == 3
    after = await store(database, 4)
    alone = await replicas.start(NEW)
    assert [await read(alone, citizen) for citizen in [*before, after]] == [*before, after]
    async with alone.transaction() as tx:
        by = await tx.fetchval(
            "SELECT made_by FROM data_keys WHERE data_key_id = $1", key.data_key_id
        )
    assert by == "Rahima"
    with pytest.raises(MissingKey, match="2030"):
        await replicas.start(ONE_MACHINE_MASTER_KEYS)


async def test_rotation_under_load_loses_nothing(replicas: Replicas) -> None:
    """Citizens register on an old and a new replica, and change their numbers, all the time."""
    old, new = await replicas.start(KNOWN), await replicas.start(BOTH)
    stored = [await store(old, number) for number in range(40)]
    ended = asyncio.Event()

    async def work(database: Database, first: int) -> list[Citizen]:
        done: list[Citizen] = []
        while not ended.is_set() or len(done) < 40:
            citizen = await store(database, first + len(done))
            assert await read(database, citizen) == citizen
            await change(database, stored[len(done) % 40])
            done.append(citizen)
        return done

    async def rotate() -> None:
        key = await begin(new, by="Rahima")
        await old.refresh_keys()
        replicas.is_later = True
        for _ in range(3):
            await encrypt_again(new, COLUMNS, key)
        await finish(new)
        ended.set()

    async with asyncio.TaskGroup() as tasks:
        writers = [tasks.create_task(work(old, 1_000)), tasks.create_task(work(new, 500_000))]
        tasks.create_task(rotate())
    stored += [citizen for task in writers for citizen in task.result()]
    alone = await replicas.start(NEW)
    assert [await read(alone, each) for each in stored] == stored


@pytest.mark.parametrize("damaged", ["plain", "s1:!", "s1:AAAA"])
async def test_a_damaged_row_stays_and_is_counted(replicas: Replicas, damaged: str) -> None:
    """The other rows are encrypted; what nobody can read is not made to look whole."""
    database = await replicas.start(ONE_MACHINE_MASTER_KEYS)
    whole, other = [await store(database, number) for number in range(2)]
    async with database.transaction() as tx:
        await tx.execute(
            "UPDATE citizens SET nid = $2 WHERE citizen_id = $1", other.citizen_id, damaged
        )
    key = await begin(database, by="Rahima")
    replicas.is_later = True
    counts = await encrypt_again(database, COLUMNS, key)
    assert (counts["citizens.phone"], counts["citizens.nid"]) == (2, 1)
    assert database.take_unopened() == {"citizens.nid": 1}
    assert await read(database, whole) == whole
    async with database.transaction() as tx:
        assert damaged == await tx.fetchval(
            "SELECT nid FROM citizens WHERE citizen_id = $1", other.citizen_id
        )


@pytest.mark.parametrize("service", ENCRYPTED)
async def test_every_encrypted_column_is_listed(service: str, dsn_for: DsnFor) -> None:
    """One that is missing would stay under the old key; each is walked by its primary key."""
    columns = encrypted_columns(entry_of(service).package)
    listed = {each.place for each in columns}
    texts = [
        path.read_text(encoding="utf-8")
        for path in (Path(__file__).parents[2] / "services" / service).rglob("*.py")
    ]
    connection = await asyncpg.connect(await dsn_for(service))
    rows = await connection.fetch(
        """
        SELECT tables.relname::text AS table_name, columns.attname::text AS column_name,
               coalesce(array_position(keys.indkey::int2[], columns.attnum), -1) AS place
          FROM pg_class AS tables
          JOIN pg_attribute AS columns ON attrelid = tables.oid AND attnum > 0
          LEFT JOIN pg_index AS keys ON keys.indrelid = tables.oid AND keys.indisprimary
         WHERE tables.relkind = 'r' AND tables.relnamespace = 'public'::regnamespace
        """
    )
    await connection.close()
    names = {f"{row['table_name']}.{row['column_name']}" for row in rows}
    used = {name for text in texts for name in _PLACE.findall(text)} & names
    assert used - GOES_BY_ITSELF - {column.owner for column in columns} == listed
    for column in columns:
        key = sorted(
            (row["place"], row["column_name"])
            for row in rows
            if row["table_name"] == column.table and row["place"] >= 0
        )
        assert tuple(name for _, name in key) == column.key
