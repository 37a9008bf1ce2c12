import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from starlette.requests import Request

from libs.contracts.identity import Role
from libs.database.pool import Database
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from services.identity import store
from services.identity.domain.signing import KeyRules
from services.identity.keys import KeyRing, Wrapping, add_next_key, derive_key, make_key
from tests.services.identity.running import Clock, until_waiting

RULES = KeyRules(lead_s=900, token_life_s=900)
CITIZEN: tuple[Role, ...] = ("citizen",)
WRAPPING = Wrapping(derive_key("a secret of the environment, 32 long", "wrapping"))


def ring(database: Database, clock: Clock, wrapping: Wrapping = WRAPPING) -> KeyRing:
    return KeyRing(database, wrapping, RULES, refresh_s=60, clock=clock)


def request_with(token: str) -> Request:
    headers = [(b"authorization", f"Bearer {token}".encode())]
    return Request({"type": "http", "headers": headers})


def signed_by(keys: KeyRing) -> str:
    token = keys.sign(new_id(), new_id(), CITIZEN)
    return str(jwt.decode(token, _set(keys), algorithms=["ES256"]).header["kid"])


def _set(keys: KeyRing) -> KeySet:
    return KeySet.import_key_set(keys.key_set())  # type: ignore[arg-type]


async def test_replicas_that_start_together_make_one_key(database: Database) -> None:
    """The first key is made once, whoever comes first."""
    clock = Clock()
    rings = [ring(database, clock) for _ in range(4)]
    await asyncio.gather(*(one.refresh() for one in rings))
    assert len({signed_by(one) for one in rings}) == 1


async def test_a_replica_waits_for_the_key_that_another_is_making(database: Database) -> None:
    """Between looking for a key and making one nobody else makes one."""
    clock = Clock()
    late = ring(database, clock)
    async with asyncio.TaskGroup() as tasks, database.transaction() as tx:
        await store.hold_keys(tx)
        first = make_key(WRAPPING, clock())
        await store.add_key(tx, first)
        await until_waiting(database, tasks.create_task(late.refresh()))
    assert signed_by(late) == first.kid
    assert [key["kid"] for key in late.key_set()["keys"]] == [first.kid]


async def test_a_rotation_leaves_no_token_unchecked(database: Database) -> None:
    """Old key, both, new key: every token can be checked with the key set shown at its time."""
    clock = Clock()
    keys = ring(database, clock)
    await keys.refresh()
    old = signed_by(keys)
    async with database.transaction() as tx:
        new = await add_next_key(tx, WRAPPING, RULES, clock())
    await keys.refresh()
    assert signed_by(keys) == old
    assert {one["kid"] for one in keys.key_set()["keys"]} == {old, new.kid}
    clock.forward(seconds=899)
    last_of_old = keys.sign(new_id(), new_id(), CITIZEN)
    clock.forward(seconds=1)
    assert signed_by(keys) == new.kid
    clock.forward(seconds=899)
    keys.check(request_with(last_of_old))
    clock.forward(seconds=120)
    assert {one["kid"] for one in keys.key_set()["keys"]} == {new.kid}


async def test_a_private_key_opens_with_the_secret_only(database: Database) -> None:
    """A stolen database signs nothing."""
    key = make_key(WRAPPING, Clock()())
    assert WRAPPING.open(key.private_wrapped, key.kid) is not None
    assert Wrapping(derive_key("another", "wrapping")).open(key.private_wrapped, key.kid) is None
    assert WRAPPING.open(key.private_wrapped, "another kid") is None
    assert b'"d"' not in key.private_wrapped
    assert '"d"' not in key.public_jwk


async def test_a_changed_secret_makes_a_new_key_and_keeps_the_old_tokens(
    database: Database,
) -> None:
    """Whoever changes the key secret logs nobody out."""
    clock = Clock()
    before = ring(database, clock)
    await before.refresh()
    token = before.sign(new_id(), new_id(), CITIZEN)
    clock.forward(seconds=10)
    after = ring(database, clock, Wrapping(derive_key("another", "wrapping")))
    await after.refresh()
    assert signed_by(after) != signed_by(before)
    after.check(request_with(token))


async def test_without_keys_nobody_is_asked_to_pay(database: Database) -> None:
    """Before the keys are there, the answer is not now rather than no."""
    keys = ring(database, Clock())
    with pytest.raises(Unavailable):
        keys.check_ready()
    with pytest.raises(Unavailable):
        keys.key_set()
    assert not keys.health().ready


async def test_a_token_of_another_issuer_or_audience_is_refused(database: Database) -> None:
    """Our own key alone makes no token of ours."""
    clock = Clock()
    keys = ring(database, clock)
    await keys.refresh()
    claims = {
        "iss": "nagorik-identity",
        "aud": "nagorik",
        "sub": str(new_id()),
        "sid": str(new_id()),
        "roles": ["citizen"],
        "exp": int(clock().timestamp()) + 60,
    }
    private = keys._ready_key()
    header = {"alg": "ES256", "kid": signed_by(keys)}
    for wrong in ({"iss": "someone"}, {"aud": "else"}, {"sub": "x"}, {"exp": "soon"}, {}):
        token = jwt.encode(header, {**claims, **wrong}, private, algorithms=["ES256"])
        if not wrong:
            assert keys.check(request_with(token)).roles == {"citizen"}
            continue
        with pytest.raises(Refused, match="token_invalid"):
            keys.check(request_with(token))


async def test_an_expired_token_is_told_apart(database: Database) -> None:
    """Who is late refreshes; who forges logs in again."""
    clock = Clock()
    keys = ring(database, clock)
    await keys.refresh()
    token = keys.sign(new_id(), new_id(), CITIZEN)
    clock.now += timedelta(seconds=910)
    with pytest.raises(Refused, match="token_expired"):
        keys.check(request_with(token))


async def test_keys_that_nobody_needs_are_removed_at_the_next_rotation(database: Database) -> None:
    """Rotations do not pile up keys."""
    clock = Clock()
    ancient = replace(make_key(WRAPPING, clock()), signs_from=clock() - timedelta(days=9))
    recent = make_key(WRAPPING, clock() - timedelta(days=1))
    async with database.transaction() as tx:
        await store.add_key(tx, ancient)
        await store.add_key(tx, recent)
        new = await add_next_key(tx, WRAPPING, RULES, clock())
        assert {key.kid for key in await store.read_keys(tx)} == {recent.kid, new.kid}
