import json
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.requests import Request

from libs.clock import Clock
from libs.contracts.identity import Role
from libs.database.pool import Database
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from services.identity.signing_keys.key_ring import KeyRing
from services.identity.signing_keys.key_wrapping import KeyWrapping, generate_key
from services.identity.signing_keys.rules import KeyPolicy, StoredKey
from tests.services.identity.running import ManualTime

POLICY = KeyPolicy(lead_s=900, token_life_s=900)
CITIZEN: tuple[Role, ...] = ("citizen",)
WRAPPING = KeyWrapping.of_secret("a secret of the environment, 32 long")


AWAY = Database("postgresql://nobody@127.0.0.1:1/none")


def key_ring(
    time: ManualTime,
    *keys: StoredKey,
    wrapping: KeyWrapping = WRAPPING,
    database: Database = AWAY,
) -> KeyRing:
    ring = KeyRing(database, wrapping, POLICY, Clock(time), refresh_every_s=60)
    ring.replace(keys)
    return ring


def request_with(token: str) -> Request:
    headers = [(b"authorization", f"Bearer {token}".encode())]
    return Request({"type": "http", "headers": headers})


def kid_of(keys: KeyRing, token: str) -> str:
    key_set = KeySet.import_key_set(keys.key_set())  # type: ignore[arg-type]
    return str(jwt.decode(token, key_set, algorithms=["ES256"]).header["kid"])


async def test_a_rotation_leaves_every_token_verifiable() -> None:
    """During a rotation every token can be verified until it expires."""
    time = ManualTime()
    old = generate_key(WRAPPING, time())
    new = generate_key(WRAPPING, time() + timedelta(seconds=900))
    keys = key_ring(time, old, new)
    assert {key["kid"] for key in keys.key_set()["keys"]} == {old.kid, new.kid}
    time.forward(seconds=899)
    last_of_old = keys.sign(new_id(), new_id(), CITIZEN)
    assert kid_of(keys, last_of_old) == old.kid
    time.forward(seconds=1)
    assert kid_of(keys, keys.sign(new_id(), new_id(), CITIZEN)) == new.kid
    time.forward(seconds=899)
    await keys.check(request_with(last_of_old))
    time.forward(seconds=120)
    assert {key["kid"] for key in keys.key_set()["keys"]} == {new.kid}


async def test_a_key_of_another_secret_verifies_but_does_not_sign() -> None:
    """After a change of the key secret, older tokens can still be verified."""
    time = ManualTime()
    old = generate_key(WRAPPING, time())
    token = key_ring(time, old).sign(new_id(), new_id(), CITIZEN)
    other = KeyWrapping.of_secret("another")
    time.forward(seconds=10)
    new = generate_key(other, time())
    keys = key_ring(time, old, new, wrapping=other)
    await keys.check(request_with(token))
    assert kid_of(keys, keys.sign(new_id(), new_id(), CITIZEN)) == new.kid


def test_a_key_ring_without_keys_is_unavailable() -> None:
    """Before the keys have been read, signing and the key set are unavailable."""
    keys = key_ring(ManualTime())
    with pytest.raises(Unavailable):
        keys.check_ready()
    with pytest.raises(Unavailable):
        keys.key_set()


async def test_a_token_of_another_issuer_or_audience_is_refused() -> None:
    """A token with our signature is refused if a claim is wrong."""
    time = ManualTime()
    key = generate_key(WRAPPING, time())
    keys = key_ring(time, key)
    claims = {
        "iss": "nagorik-identity",
        "aud": "nagorik",
        "sub": str(new_id()),
        "sid": str(new_id()),
        "roles": ["citizen"],
        "exp": int(time().timestamp()) + 60,
    }
    plain = WRAPPING.unwrap(key.wrapped_private_key, key.kid)
    assert plain is not None
    private = ECKey.import_key(json.loads(plain))

    def signed(**changed: str) -> Request:
        header = {"alg": "ES256", "kid": key.kid}
        return request_with(
            jwt.encode(header, {**claims, **changed}, private, algorithms=["ES256"])
        )

    assert (await keys.check(signed())).roles == {"citizen"}
    for changed in ({"iss": "someone"}, {"aud": "else"}, {"sub": "x"}, {"exp": "soon"}):
        with pytest.raises(Refused, match="token_invalid"):
            await keys.check(signed(**changed))


async def test_an_expired_token_has_its_own_problem() -> None:
    """An expired token gives `token_expired`, so that a client refreshes it."""
    time = ManualTime()
    keys = key_ring(time, generate_key(WRAPPING, time()))
    token = keys.sign(new_id(), new_id(), CITIZEN)
    time.forward(seconds=910)
    with pytest.raises(Refused, match="token_expired"):
        await keys.check(request_with(token))


async def test_identity_is_ready_once_keys_were_read(database: Database) -> None:
    """Identity is ready after the first read; keys in memory sign without the database."""
    keys = key_ring(ManualTime())
    with pytest.raises(Unavailable):
        await keys.refresh()
    assert not keys.health().ready
    keys = key_ring(ManualTime(), database=database)
    await keys.refresh()
    assert keys.health().ready
    await database.close()
    assert keys.health().ready
    keys.check_ready()


def test_a_private_key_is_readable_with_its_secret_only() -> None:
    """A private key can be decrypted only with its secret and its kid."""
    key = generate_key(WRAPPING, ManualTime()())
    assert WRAPPING.unwrap(key.wrapped_private_key, key.kid) is not None
    other = KeyWrapping.of_secret("another")
    assert other.unwrap(key.wrapped_private_key, key.kid) is None
    assert WRAPPING.unwrap(key.wrapped_private_key, "another kid") is None
    assert b'"d"' not in key.wrapped_private_key
    assert '"d"' not in key.public_jwk
