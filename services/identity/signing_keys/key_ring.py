"""The signing keys in memory: sign access tokens, check them, show the key set."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from starlette.requests import Request

from libs.contracts.identity import Role
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.web.tokens import ALGORITHMS, AUDIENCE, ISSUER, LEEWAY_S, Caller, bearer_token
from services.identity.signing_keys.key_wrapping import KeyWrapping
from services.identity.signing_keys.rules import (
    KeyPolicy,
    StoredKey,
    published_keys,
    signing_key,
)

log = structlog.get_logger()


class KeyRing:
    """Signs and checks access tokens with the keys that were last read.

    Args:
        wrapping: decrypts private keys.
        policy: when keys sign and expire.
        clock: tells the time.
    """

    def __init__(
        self, wrapping: KeyWrapping, policy: KeyPolicy, clock: Callable[[], datetime]
    ) -> None:
        self.token_life_s = policy.token_life_s
        self._wrapping = wrapping
        self._policy = policy
        self._clock = clock
        self._stored: Sequence[StoredKey] = ()
        self._private: Mapping[str, ECKey] = {}

    def replace(self, stored: Sequence[StoredKey]) -> None:
        """Use these keys from now on."""
        self._private = self._private_keys(stored)
        self._stored = stored

    def has_keys(self) -> bool:
        """Tell whether keys have been read; a key signs on while the database is away."""
        return bool(self._stored)

    def check_ready(self) -> None:
        """Check that a token can be signed, before a code is used up for nothing.

        Raises:
            Unavailable: there is no signing key yet.
        """
        self._signing_key()

    def sign(self, subject_id: UUID, session_id: UUID, roles: Collection[Role]) -> str:
        """Return an access token for a session, valid for `token_life_s` from now.

        Raises:
            Unavailable: there is no signing key yet.
        """
        key = self._signing_key()
        issued_s = int(self._clock().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(subject_id),
            "sid": str(session_id),
            "roles": sorted(roles),
            "iat": issued_s,
            "exp": issued_s + self.token_life_s,
            "jti": str(new_id()),
        }
        header = {"alg": ALGORITHMS[0], "typ": "JWT", "kid": key.kid}
        return jwt.encode(header, claims, key, algorithms=ALGORITHMS)

    def key_set(self) -> dict[str, list[dict[str, Any]]]:
        """Return the public keys as a JSON Web Key Set (RFC 7517).

        Raises:
            Unavailable: the keys have not been read yet.
        """
        if not self._stored:
            raise Unavailable("database", "no signing key yet")
        keys = published_keys(self._stored, self._policy, self._clock())
        return {"keys": [json.loads(key.public_jwk) for key in keys]}

    def check(self, request: Request) -> Caller:
        """Return the caller of a request, by the same rules as every other service.

        Raises:
            Refused: the access token is missing, invalid or expired.
            Unavailable: the keys have not been read yet.
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

    def _private_keys(self, stored: Sequence[StoredKey]) -> dict[str, ECKey]:
        private: dict[str, ECKey] = {}
        for key in stored:
            plain = self._wrapping.unwrap(key.wrapped_private_key, key.kid)
            if plain is None:
                log.error("signing key was wrapped with another key secret", kid=key.kid)
            else:
                private[key.kid] = ECKey.import_key(json.loads(plain), {"kid": key.kid})
        return private

    def _signing_key(self) -> ECKey:
        key = signing_key(self._stored, self._clock())
        private = self._private.get(key.kid) if key else None
        if private is None:
            raise Unavailable("database", "no signing key yet")
        return private
