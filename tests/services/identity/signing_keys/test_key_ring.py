import json
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from libs.clock import Clock
from libs.database.pool import Database
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from services.identity.signing_keys.key_ring import KeyRing
from services.identity.signing_keys.key_wrapping import KeyWrapping, generate_key
from services.identity.signing_keys.rules import KeyPolicy, StoredKey
from tests.services.identity.running import ManualTime

POLICY = KeyPolicy(lead_s=900, token_life_s=900)
CITIZEN: tuple[str, ...] = ("citizen",)
WRAPPING = KeyWrapping.of_secret("a secret of the environment, 32 long")


AWAY = Database("postgresql://nobody@127.0.0.1:1/none")


def key_ring(
    time: ManualTime,
    *keys: StoredKey,
    wrapping: KeyWrapping = WRAPPING,
    database: Database = AWAY,
) -> KeyRing:
    ring = KeyRing(
        database, wrapping, POLICY, Clock(time), metrics=Metrics("identity"), refresh_every_s=60
    )
    ring.replace(keys)
    return ring


def signed_by(keys: KeyRing, time: ManualTime, life_s: int = 900) -> str:
    return keys.sign(new_id(), new_id(), CITIZEN, authenticated_at=time(), life_s=life_s)


def test_no_key_id_begins_with_a_dash() -> None:
    """On a command line it would be an option; one in 64 thumbprints does."""
    ids = [generate_key(WRAPPING, ManualTime()()).kid for _ in range(500)]
    assert [kid for kid in ids if kid.startswith("-")] == []


def kid_of(keys: KeyRing, token: str) -> str:
    key_set = KeySet.import_key_set(keys.key_set())  # type: ignore[arg-type]
    return str(jwt.decode(token, key_set, algorithms=["ES256"]).header["kid"])


def test_a_rotation_leaves_every_token_verifiable() -> None:
    """During a rotation every token can be verified until it expires."""
    time = ManualTime()
    old = generate_key(WRAPPING, time())
    new = generate_key(WRAPPING, time() + timedelta(seconds=900))
    keys = key_ring(time, old, new)
    assert {key["kid"] for key in keys.key_set()["keys"]} == {old.kid, new.kid}
    time.forward(seconds=899)
    last_of_old = signed_by(keys, time)
    assert kid_of(keys, last_of_old) == old.kid
    time.forward(seconds=1)
    assert kid_of(keys, signed_by(keys, time)) == new.kid
    time.forward(seconds=899)
    keys.verify(last_of_old)
    time.forward(seconds=120)
    assert {key["kid"] for key in keys.key_set()["keys"]} == {new.kid}


def test_a_key_of_another_secret_verifies_but_does_not_sign() -> None:
    """After a change of the key secret, older tokens can still be verified."""
    time = ManualTime()
    old = generate_key(WRAPPING, time())
    token = signed_by(key_ring(time, old), time)
    other = KeyWrapping.of_secret("another")
    time.forward(seconds=10)
    new = generate_key(other, time())
    keys = key_ring(time, old, new, wrapping=other)
    keys.verify(token)
    assert kid_of(keys, signed_by(keys, time)) == new.kid


def test_a_key_ring_without_keys_is_unavailable() -> None:
    """Before the keys have been read, signing and the key set are unavailable."""
    keys = key_ring(ManualTime())
    with pytest.raises(Unavailable):
        keys.check_ready()
    with pytest.raises(Unavailable):
        keys.key_set()


def test_a_token_of_another_issuer_or_audience_is_refused() -> None:
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
        "iat": int(time().timestamp()),
        "exp": int(time().timestamp()) + 60,
    }
    plain = WRAPPING.unwrap(key.wrapped_private_key, key.kid)
    assert plain is not None
    private = ECKey.import_key(json.loads(plain))

    def signed(**changed: str) -> str:
        header = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}
        return jwt.encode(header, {**claims, **changed}, private, algorithms=["ES256"])

    assert keys.verify(signed()).roles == {"citizen"}
    for changed in ({"iss": "someone"}, {"aud": "else"}, {"sub": "x"}, {"exp": "soon"}):
        with pytest.raises(Refused, match="token_invalid"):
            keys.verify(signed(**changed))


def test_an_expired_token_has_its_own_problem() -> None:
    """An expired token gives `token_expired`, so that a client refreshes it."""
    time = ManualTime()
    keys = key_ring(time, generate_key(WRAPPING, time()))
    token = signed_by(keys, time)
    time.forward(seconds=910)
    with pytest.raises(Refused, match="token_expired"):
        keys.verify(token)


def test_a_token_ends_with_its_session() -> None:
    """A token that is signed shortly before its session ends does not outlive it."""
    time = ManualTime()
    keys = key_ring(time, generate_key(WRAPPING, time()))
    for left_s, life_s in ((3600, 900), (300, 300), (0, 1)):
        assert keys.token_life_s(time() + timedelta(seconds=left_s)) == life_s
    token = signed_by(keys, time, keys.token_life_s(time() + timedelta(seconds=300)))
    assert keys.verify(token).authenticated_at_s == time().timestamp()
    time.forward(seconds=310)
    with pytest.raises(Refused, match="token_expired"):
        keys.verify(token)


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
