"""The keys that sign access tokens: made, wrapped, kept in the database, rotated, published."""

import asyncio
import hmac
import json
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from starlette.requests import Request

from libs.component import ComponentHealth, pause
from libs.contracts.identity import Role
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.web.tokens import ALGORITHMS, AUDIENCE, ISSUER, LEEWAY_S, Caller, bearer_token
from services.identity import store
from services.identity.domain.signing import (
    KeyRules,
    StoredKey,
    forgotten_keys,
    published_keys,
    signing_key,
)

_NONCE_BYTES = 12
_ASK_AGAIN_S = 1.0

log = structlog.get_logger()


def derive_key(secret: str, purpose: str) -> bytes:
    """Return the 256-bit key of one purpose, so that one secret serves several."""
    return hmac.digest(secret.encode(), f"nagorik identity: {purpose}".encode(), sha256)


@dataclass(frozen=True, slots=True)
class Wrapping:
    """Seals private keys with AES-256-GCM, each bound to its kid."""

    key: bytes

    def seal(self, plain: bytes, kid: str) -> bytes:
        """Return the sealed form."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, plain, kid.encode())

    def open(self, wrapped: bytes, kid: str) -> bytes | None:
        """Return the plain form, or None where it was sealed with another secret or changed."""
        nonce, rest = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        try:
            return AESGCM(self.key).decrypt(nonce, rest, kid.encode())
        except InvalidTag:
            return None


def make_key(wrapping: Wrapping, signs_from: datetime) -> StoredKey:
    """Make a P-256 key, its private half sealed."""
    key = ECKey.generate_key("P-256", private=True)
    kid = key.thumbprint()
    named = {"kid": kid, "use": "sig", "alg": ALGORITHMS[0]}
    return StoredKey(
        kid=kid,
        public_jwk=json.dumps({**key.as_dict(private=False), **named}),
        private_wrapped=wrapping.seal(json.dumps(key.as_dict(private=True)).encode(), kid),
        signs_from=signs_from,
    )


async def add_next_key(
    tx: Transaction, wrapping: Wrapping, rules: KeyRules, at: datetime
) -> StoredKey:
    """Add a key that signs after the lead time, and remove those that nobody needs any more.

    The key that signs until then stays published until the last token signed with it has expired.
    """
    await store.hold_keys(tx)
    keys = await store.read_keys(tx)
    key = make_key(wrapping, at + timedelta(seconds=rules.lead_s))
    await store.add_key(tx, key)
    await store.remove_keys(tx, [old.kid for old in forgotten_keys(keys, rules, at)])
    return key


@dataclass(frozen=True, slots=True)
class _Opened:
    """The keys as they were last read, those that the secret opens ready to sign."""

    stored: Sequence[StoredKey]
    private: Mapping[str, ECKey]


class KeyRing:
    """Signs access tokens and shows the keys to check them; a part that keeps both fresh.

    Args:
        database: where the keys are kept.
        wrapping: opens their private halves.
        rules: when keys come and go.
        refresh_s: seconds between two looks, so that a rotation made elsewhere is seen.
        clock: tells the time; for tests.
    """

    name = "signing-keys"

    def __init__(
        self,
        database: Database,
        wrapping: Wrapping,
        rules: KeyRules,
        *,
        refresh_s: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._wrapping = wrapping
        self._rules = rules
        self._refresh_s = refresh_s
        self._clock = clock
        self._opened: _Opened | None = None
        self._detail = "not read yet"

    async def run(self, stop: asyncio.Event) -> None:
        """Read the keys now and every so often, until told to stop."""
        while not stop.is_set():
            try:
                await self.refresh()
                wait_s = self._refresh_s
            except Unavailable as failure:
                self._detail = str(failure)
                wait_s = _ASK_AGAIN_S
            if await pause(stop, wait_s):
                return

    def health(self) -> ComponentHealth:
        """Ready once keys have been read; a key signs on while the database is away."""
        return ComponentHealth(ready=self._opened is not None, detail=self._detail)

    async def refresh(self) -> None:
        """Read the keys, and make the first one where none is there to sign with."""
        async with self._database.transaction() as tx:
            opened = self._open(await store.read_keys(tx))
            if self._signing(opened) is None:
                opened = await self._make_first(tx)
        self._opened, self._detail = opened, ""

    def check_ready(self) -> None:
        """Raise Unavailable where `sign` could not follow, before a code is used up for nothing."""
        self._ready_key()

    def sign(self, subject_id: UUID, session_id: UUID, roles: Collection[Role]) -> str:
        """Return an access token for a session, valid from now for the token's life."""
        key = self._ready_key()
        issued_s = int(self._clock().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(subject_id),
            "sid": str(session_id),
            "roles": sorted(roles),
            "iat": issued_s,
            "exp": issued_s + self._rules.token_life_s,
            "jti": str(new_id()),
        }
        header = {"alg": ALGORITHMS[0], "typ": "JWT", "kid": key.kid}
        return jwt.encode(header, claims, key, algorithms=ALGORITHMS)

    def key_set(self) -> dict[str, list[dict[str, Any]]]:
        """Return the public keys as a JSON Web Key Set (RFC 7517).

        Raises:
            Unavailable: the keys have not been read yet.
        """
        if self._opened is None:
            raise Unavailable("database", "no signing key yet")
        keys = published_keys(self._opened.stored, self._rules, self._clock())
        return {"keys": [json.loads(key.public_jwk) for key in keys]}

    def check(self, request: Request) -> Caller:
        """Say who asks, by the same rules as every other service.

        Raises:
            Refused: the token is not valid, or no longer.
        """
        token = bearer_token(request)
        keys = KeySet.import_key_set(self.key_set())  # type: ignore[arg-type]
        try:
            claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            if claims["iss"] != ISSUER or claims["aud"] != AUDIENCE:
                raise Refused("token_invalid")
            expires_at_s = float(claims["exp"])
            subject_id, session_id = UUID(claims["sub"]), UUID(claims["sid"])
            roles = frozenset(claims["roles"])
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            raise Refused("token_invalid") from None
        if expires_at_s + LEEWAY_S <= self._clock().timestamp():
            raise Refused("token_expired")
        return Caller(subject_id, roles, session_id, expires_at_s)

    async def _make_first(self, tx: Transaction) -> _Opened:
        await store.hold_keys(tx)
        stored = await store.read_keys(tx)
        opened = self._open(stored)
        if self._signing(opened) is not None:
            return opened
        key = make_key(self._wrapping, self._clock())
        await store.add_key(tx, key)
        log.info("signing key made", kid=key.kid)
        return self._open([*stored, key])

    def _open(self, stored: Sequence[StoredKey]) -> _Opened:
        private: dict[str, ECKey] = {}
        for key in stored:
            plain = self._wrapping.open(key.private_wrapped, key.kid)
            if plain is None:
                log.error("signing key does not open with this key secret", kid=key.kid)
            else:
                private[key.kid] = ECKey.import_key(json.loads(plain), {"kid": key.kid})
        return _Opened(stored, private)

    def _ready_key(self) -> ECKey:
        key = self._signing(self._opened) if self._opened else None
        if key is None:
            raise Unavailable("database", "no signing key yet")
        return key

    def _signing(self, opened: _Opened) -> ECKey | None:
        key = signing_key(opened.stored, self._clock())
        return opened.private.get(key.kid) if key else None
