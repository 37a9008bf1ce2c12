import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.identity.signing_keys import queries
from services.identity.signing_keys.key_wrapping import KeyWrapping, generate_key
from services.identity.signing_keys.rules import KeyPolicy, StoredKey, signing_key
from services.identity.signing_keys.use_cases import (
    delete_expired_keys,
    last_revocation,
    read_keys,
    revoke_key,
    rotate_keys,
)
from tests.services.identity.running import until_waiting

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = KeyPolicy(lead_s=900, token_life_s=900)
WRAPPING = KeyWrapping.of_secret("a secret of the environment, 32 long")


async def read(database: Database) -> Sequence[StoredKey]:
    async with database.transaction() as tx:
        return await read_keys(tx, WRAPPING, NOW)


async def test_replicas_that_start_together_create_one_key(database: Database) -> None:
    """Concurrent first reads create one key."""
    results = await asyncio.gather(*(read(database) for _ in range(4)))
    assert len({key.kid for keys in results for key in keys}) == 1


async def test_a_replica_waits_for_the_key_that_another_creates(database: Database) -> None:
    """While one replica creates the first key, no other replica creates one."""
    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await queries.lock_keys(tx)
        first = generate_key(WRAPPING, NOW)
        await queries.insert_key(tx, first)
        late = tasks.create_task(read(database))
        await until_waiting(database, late)
    assert late.result() == [first]


async def test_a_changed_secret_creates_a_new_key_and_keeps_the_old_one(tx: Transaction) -> None:
    """Tokens of the old key can still be verified."""
    before = await read_keys(tx, WRAPPING, NOW)
    later = NOW + timedelta(seconds=10)
    after = await read_keys(tx, KeyWrapping.of_secret("another"), later)
    assert list(after[:-1]) == before
    assert after[-1].signs_from == later


async def test_a_rotation_removes_expired_keys(tx: Transaction) -> None:
    """A rotation deletes expired keys, and its operator is in the audit log."""
    ancient = replace(generate_key(WRAPPING, NOW), signs_from=NOW - 9 * DAY)
    recent = generate_key(WRAPPING, NOW - DAY)
    await queries.insert_key(tx, ancient)
    await queries.insert_key(tx, recent)
    new = await rotate_keys(tx, WRAPPING, POLICY, NOW, by="rahim")
    assert {key.kid for key in await queries.read_keys(tx)} == {recent.kid, new.kid}
    row = await tx.fetchrow("SELECT actor, action, subject FROM audit_log")
    assert tuple(row or ()) == ("rahim", "rotate keys", new.kid)


async def test_a_rotation_begins_when_the_one_before_has_ended(tx: Transaction) -> None:
    """While a key waits for its time no other is added; afterwards one is."""
    await queries.insert_key(tx, generate_key(WRAPPING, NOW - DAY))
    first = await rotate_keys(tx, WRAPPING, POLICY, NOW, by="rahim")
    with pytest.raises(Refused, match="key_rotation_under_way"):
        await rotate_keys(tx, WRAPPING, POLICY, NOW, by="rahim")
    again = await rotate_keys(tx, WRAPPING, POLICY, first.signs_from, by="rahim")
    assert again.signs_from == first.signs_from + timedelta(seconds=900)


async def test_a_revoked_key_is_gone_at_once_and_another_signs(tx: Transaction) -> None:
    """The key is deleted and announced; a fresh key signs, never an older one or the next."""
    old, stolen = generate_key(WRAPPING, NOW - DAY), generate_key(WRAPPING, NOW)
    upcoming = generate_key(WRAPPING, NOW + DAY)
    for key in (old, stolen, upcoming):
        await queries.insert_key(tx, key)
    fresh = await revoke_key(tx, WRAPPING, stolen.kid, NOW, by="rahim")
    left = await queries.read_keys(tx)
    assert {key.kid for key in left} == {old.kid, upcoming.kid, fresh.kid}
    assert signing_key(left, NOW) == fresh
    assert await last_revocation(tx) == NOW
    (sent,) = await tx.fetch("SELECT topic, record_key FROM outbox")
    assert (sent["topic"], sent["record_key"]) == ("revocations.v1", stolen.kid.encode())
    row = await tx.fetchrow("SELECT actor, action, subject FROM audit_log")
    assert tuple(row or ()) == ("rahim", "revoke key", stolen.kid)


async def test_an_unknown_key_is_not_revoked(tx: Transaction) -> None:
    """A mistyped id changes nothing, and no session ends."""
    await queries.insert_key(tx, generate_key(WRAPPING, NOW))
    with pytest.raises(Refused, match="signing_key_unknown"):
        await revoke_key(tx, WRAPPING, "no key", NOW, by="rahim")
    assert await last_revocation(tx) is None


async def test_only_expired_keys_are_deleted(tx: Transaction) -> None:
    """The clean-up does not delete keys that verify valid tokens."""
    keys = [generate_key(WRAPPING, NOW - age) for age in (2 * DAY, DAY, timedelta(0))]
    for key in keys:
        await queries.insert_key(tx, key)
    assert await delete_expired_keys(tx, POLICY, NOW) == 1
    assert {key.kid for key in await queries.read_keys(tx)} == {key.kid for key in keys[1:]}
    assert await delete_expired_keys(tx, POLICY, NOW) == 0
