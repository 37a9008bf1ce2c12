import json
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.requests import Request

from libs.contracts.identity import Role
from libs.database.pool import Database
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from services.identity.signing_keys.jobs import KeyRefresh
from services.identity.signing_keys.key_ring import KeyRing
from services.identity.signing_keys.key_wrapping import KeyWrapping, generate_key
from services.identity.signing_keys.rules import KeyPolicy, StoredKey
from tests.services.identity.running import Clock

POLICY = KeyPolicy(lead_s=900, token_life_s=900)
CITIZEN: tuple[Role, ...] = ("citizen",)
WRAPPING = KeyWrapping.of_secret("a secret of the environment, 32 long")


def key_ring(clock: Clock, *keys: StoredKey) -> KeyRing:
    ring = KeyRing(WRAPPING, POLICY, clock)
    ring.replace(keys)
    return ring


def request_with(token: str) -> Request:
    headers = [(b"authorization", f"Bearer {token}".encode())]
    return Request({"type": "http", "headers": headers})


def kid_of(keys: KeyRing, token: str) -> str:
    key_set = KeySet.import_key_set(keys.key_set())  # type: ignore[arg-type]
    return str(jwt.decode(token, key_set, algorithms=["ES256"]).header["kid"])


def test_a_rotation_leaves_every_token_verifiable() -> None:
    """Old key, both keys, new key: a token can be verified until it expires."""
    clock = Clock()
    old = generate_key(WRAPPING, clock())
    new = generate_key(WRAPPING, clock() + timedelta(seconds=900))
    keys = key_ring(clock, old, new)
    assert {key["kid"] for key in keys.key_set()["keys"]} == {old.kid, new.kid}
    clock.forward(seconds=899)
    last_of_old = keys.sign(new_id(), new_id(), CITIZEN)
    assert kid_of(keys, last_of_old) == old.kid
    clock.forward(seconds=1)
    assert kid_of(keys, keys.sign(new_id(), new_id(), CITIZEN)) == new.kid
    clock.forward(seconds=899)
    keys.check(request_with(last_of_old))
    clock.forward(seconds=120)
    assert {key["kid"] for key in keys.key_set()["keys"]} == {new.kid}


def test_a_key_of_another_secret_verifies_but_does_not_sign() -> None:
    """After a change of the key secret nobody is logged out."""
    clock = Clock()
    old = generate_key(WRAPPING, clock())
    token = key_ring(clock, old).sign(new_id(), new_id(), CITIZEN)
    other = KeyWrapping.of_secret("another")
    clock.forward(seconds=10)
    new = generate_key(other, clock())
    keys = KeyRing(other, POLICY, clock)
    keys.replace([old, new])
    keys.check(request_with(token))
    assert kid_of(keys, keys.sign(new_id(), new_id(), CITIZEN)) == new.kid


def test_a_key_ring_without_keys_is_unavailable() -> None:
    """Before the keys have been read, callers are told to come again."""
    keys = KeyRing(WRAPPING, POLICY, Clock())
    with pytest.raises(Unavailable):
        keys.check_ready()
    with pytest.raises(Unavailable):
        keys.key_set()


def test_a_token_of_another_issuer_or_audience_is_refused() -> None:
    """A signature of our key is not enough."""
    clock = Clock()
    key = generate_key(WRAPPING, clock())
    keys = key_ring(clock, key)
    claims = {
        "iss": "nagorik-identity",
        "aud": "nagorik",
        "sub": str(new_id()),
        "sid": str(new_id()),
        "roles": ["citizen"],
        "exp": int(clock().timestamp()) + 60,
    }
    plain = WRAPPING.unwrap(key.wrapped_private_key, key.kid)
    assert plain is not None
    private = ECKey.import_key(json.loads(plain))

    def signed(**changed: str) -> Request:
        header = {"alg": "ES256", "kid": key.kid}
        return request_with(
            jwt.encode(header, {**claims, **changed}, private, algorithms=["ES256"])
        )

    assert keys.check(signed()).roles == {"citizen"}
    for changed in ({"iss": "someone"}, {"aud": "else"}, {"sub": "x"}, {"exp": "soon"}):
        with pytest.raises(Refused, match="token_invalid"):
            keys.check(signed(**changed))


def test_an_expired_token_has_its_own_problem() -> None:
    """A client refreshes an expired token, and logs in again after an invalid one."""
    clock = Clock()
    keys = key_ring(clock, generate_key(WRAPPING, clock()))
    token = keys.sign(new_id(), new_id(), CITIZEN)
    clock.forward(seconds=910)
    with pytest.raises(Refused, match="token_expired"):
        keys.check(request_with(token))


async def test_the_refresh_makes_identity_ready_and_keeps_it_so(database: Database) -> None:
    """Identity is ready once keys have been read, and stays so without the database."""
    clock = Clock()
    keys = KeyRing(WRAPPING, POLICY, clock)
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    refresh = KeyRefresh(keys, WRAPPING, away, every_s=60, clock=clock)
    with pytest.raises(Unavailable):
        await refresh.refresh()
    assert not refresh.health().ready
    await KeyRefresh(keys, WRAPPING, database, every_s=60, clock=clock).refresh()
    assert refresh.health().ready
