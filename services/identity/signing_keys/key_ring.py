"""The signing keys in memory: sign and check tokens, return the key set."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from libs.clock import Clock
from libs.component import ComponentHealth
from libs.contracts.offices import Post
from libs.database.pool import Database
from libs.errors import Unavailable
from libs.ids import new_id
from libs.periodic import Periodic
from libs.telemetry.metrics import Metrics
from libs.web.callers.tokens import (
    ACCESS_TOKEN_TYPE,
    ALGORITHMS,
    AUDIENCE,
    ISSUER,
    Caller,
    signed_claims,
    verify,
)
from services.identity.signing_keys import use_cases
from services.identity.signing_keys.key_wrapping import KeyWrapping
from services.identity.signing_keys.rules import (
    KeyPolicy,
    StoredKey,
    published_keys,
    signing_key,
)

log = structlog.get_logger()


class KeyRing:
    """Signs and checks tokens; reads the keys from the database at intervals.

    Every replica sees a rotation within `refresh_every_s`.

    Args:
        database: where the keys are stored.
        wrapping: encrypts and decrypts private keys.
        policy: when keys sign and expire.
        clock: the current time.
        metrics: counts defects of reading.
        refresh_every_s: seconds between two reads.
    """

    name = "signing keys"

    def __init__(
        self,
        database: Database,
        wrapping: KeyWrapping,
        policy: KeyPolicy,
        clock: Clock,
        *,
        metrics: Metrics,
        refresh_every_s: float,
    ) -> None:
        self.policy = policy
        self._database = database
        self._wrapping = wrapping
        self._clock = clock
        self._metrics = metrics
        self._refresh_every_s = refresh_every_s
        self._stored: Sequence[StoredKey] = ()
        self._private: Mapping[str, ECKey] = {}
        self._public: Mapping[str, ECKey] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Refresh the keys until `stop` is set."""
        await Periodic(
            self.name, self.refresh, metrics=self._metrics, every_s=self._refresh_every_s
        ).run(stop)

    def health(self) -> ComponentHealth:
        """Ready after the first read; keys in memory still sign in an outage of the database."""
        detail = "" if self._stored else "no signing key"
        return ComponentHealth(ready=bool(self._stored), detail=detail)

    async def refresh(self) -> None:
        """Read the keys; create the first one if there is none.

        Raises:
            Unavailable: the database does not answer.
        """
        async with self._database.transaction() as tx:
            stored = await use_cases.read_keys(tx, self._wrapping, self._clock.now())
        self.replace(stored)

    def replace(self, stored: Sequence[StoredKey]) -> None:
        """Use these keys from now on."""
        self._private = self._private_keys(stored)
        self._public = {key.kid: ECKey.import_key(json.loads(key.public_jwk)) for key in stored}
        self._stored = stored

    def check_ready(self) -> None:
        """Check that a token can be signed; call it before a code is used up.

        Raises:
            Unavailable: there is no signing key yet.
        """
        self._signing_key()

    def token_life_s(self, session_ends_at: datetime) -> int:
        """Return the seconds for which a token signed now is valid: no longer than its session."""
        left_s = (session_ends_at - self._clock.now()).total_seconds()
        return max(1, min(self.policy.token_life_s, int(left_s)))

    def sign(  # noqa: PLR0913
        self,
        subject_id: UUID,
        session_id: UUID,
        roles: Collection[str],
        *,
        authenticated_at: datetime,
        life_s: int,
        post: Post | None = None,
        district: str | None = None,
    ) -> str:
        """Return an access token for a session.

        Args:
            subject_id: the person.
            session_id: the session.
            roles: the person's.
            authenticated_at: when the person last proved who it is.
            life_s: seconds for which the token is valid.
            post: where an officer works.
            district: of staff of a district.

        Raises:
            Unavailable: there is no signing key yet.
        """
        issued_s = int(self._clock.now().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(subject_id),
            "sid": str(session_id),
            "roles": sorted(roles),
            "iat": issued_s,
            "exp": issued_s + life_s,
            "auth_time": int(authenticated_at.timestamp()),
            "jti": str(new_id()),
            **(post.claims() if post else {}),
            **({"district": district} if district else {}),
        }
        return self.sign_claims(claims, ACCESS_TOKEN_TYPE)

    def sign_claims(self, claims: Mapping[str, Any], kind: str) -> str:
        """Return claims as a signed JWT whose header has the `typ` kind.

        Raises:
            Unavailable: there is no signing key yet.
        """
        key = self._signing_key()
        header = {"alg": ALGORITHMS[0], "typ": kind, "kid": key.kid}
        return jwt.encode(header, dict(claims), key, algorithms=ALGORITHMS)

    def key_set(self) -> dict[str, list[dict[str, Any]]]:
        """Return the public keys as a JSON Web Key Set (RFC 7517).

        Raises:
            Unavailable: the keys have not been read yet.
        """
        return {"keys": [json.loads(key.public_jwk) for key in self._published()]}

    def verify(self, token: str) -> Caller:
        """Return the caller in a token, checked by the rules of all services.

        Raises:
            Refused: the access token is invalid or expired.
        """
        caller = verify(token, self._public_keys())
        caller.check_time(self._clock.now().timestamp())
        return caller

    def read_claims(self, token: str, kind: str) -> dict[str, Any]:
        """Return the claims that one of the published keys signed as a JWT of a kind.

        Issuer, audience and times are for the caller to check.

        Raises:
            Refused: the token is not such a JWT (`token_invalid`).
        """
        return signed_claims(token, self._public_keys(), kind)

    def _public_keys(self) -> KeySet:
        return KeySet([self._public[key.kid] for key in self._published()])

    def _published(self) -> list[StoredKey]:
        if not self._stored:
            raise Unavailable("database", "no signing key yet")
        return published_keys(self._stored, self.policy, self._clock.now())

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
        key = signing_key(self._stored, self._clock.now())
        private = self._private.get(key.kid) if key else None
        if private is None:
            raise Unavailable("database", "no signing key yet")
        return private
