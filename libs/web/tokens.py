"""Checks access tokens in this process with identity's key set."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args
from uuid import UUID

import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from starlette.requests import Request
from typing_extensions import override

from libs.component import ComponentHealth
from libs.contracts.identity import Role
from libs.errors import Refused, Unavailable, Unreadable
from libs.periodic import Periodic
from libs.web.client import HttpClient, Reply

ALGORITHMS = ["ES256"]
ISSUER = "nagorik-identity"
AUDIENCE = "nagorik"
LEEWAY_S = 5.0

_TOKEN_LIMIT_CHARS = 4096
_CACHE_LIMIT = 20_000
_REFRESH_EVERY_S = 300.0
_RETRY_EVERY_S = 0.5
_FETCH_DEADLINE_S = 0.8
_ASK_AGAIN_AFTER_S = 5.0
_ROLES: Mapping[str, Role] = {role: role for role in get_args(Role)}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request, from its access token.

    Args:
        citizen_id: the citizen.
        roles: the roles of the caller.
        session_id: the session of the token.
        expires_at_s: expiry, in seconds since 1970.
    """

    citizen_id: UUID
    roles: frozenset[Role]
    session_id: UUID
    expires_at_s: float


Citizen = Caller  # a caller of routes for citizens


@dataclass(frozen=True, slots=True)
class Staff(Caller):
    """A caller with one of the roles that a route requires."""

    @property
    def actor(self) -> str:
        """The person's name in journals."""
        return f"staff:{self.citizen_id}"


class AccessTokens(ABC):
    """Finds the caller of a request by its access token."""

    @abstractmethod
    async def check(self, request: Request) -> Caller:
        """Return the caller.

        Raises:
            Refused: the token is missing, invalid or expired.
            Unavailable: no key set was fetched yet.
        """


class TokenChecker(AccessTokens):
    """Checks access tokens; a component that refreshes the key set.

    Args:
        jwks_url: address of identity's public keys.
        client: fetches the keys.
        monotonic_s: a monotonic clock in seconds.
    """

    name = "keys"

    def __init__(
        self,
        jwks_url: str,
        *,
        client: HttpClient,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jwks_url = jwks_url
        self._client = client
        self._monotonic_s = monotonic_s
        self._keys: KeySet | None = None
        self._key_ids: frozenset[str] = frozenset()
        self._answered_at_s = float("-inf")
        self._fetching = asyncio.Lock()
        self._callers: OrderedDict[str, Caller] = OrderedDict()

    @override
    async def check(self, request: Request) -> Caller:
        """Return the caller; verified tokens are cached.

        Raises:
            Refused: there is no token, or it is not valid, or no longer.
        """
        token = bearer_token(request)
        caller = self._callers.get(token)
        if caller is None:
            caller = await self._verified(token)
            self._remember(token, caller)
        if caller.expires_at_s + LEEWAY_S <= time.time():
            self._callers.pop(token, None)
            raise Refused("token_expired")
        return caller

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch the key set now and every five minutes until `stop` is set."""
        await Periodic(self.name, self._refresh, every_s=_REFRESH_EVERY_S).run(stop)

    def health(self) -> ComponentHealth:
        """Ready once a key set was fetched, however old."""
        return ComponentHealth(
            ready=self._keys is not None, detail="" if self._keys else "no key set"
        )

    async def _verified(self, token: str) -> Caller:
        keys = await self._keys_for(_key_id(token))
        return verify(token, keys)

    async def _keys_for(self, key_id: str) -> KeySet:
        if key_id not in self._key_ids:
            await self._fetch_once()
        if self._keys is None:
            raise Unavailable("identity", "no key set yet")
        if key_id not in self._key_ids:
            raise Refused("token_invalid")
        return self._keys

    async def _fetch_once(self) -> None:
        """Fetch the key set, unless it was just fetched: forged tokens can name any key.

        Concurrent callers share one fetch.
        """
        async with self._fetching:
            wait_s = _ASK_AGAIN_AFTER_S if self._keys else _RETRY_EVERY_S
            if self._monotonic_s() - self._answered_at_s >= wait_s:
                await self._fetch()

    async def _refresh(self) -> None:
        """Fetch the key set.

        Raises:
            Unavailable: the key set could not be fetched.
        """
        if not await self._fetch():
            raise Unavailable("identity", "no key set")

    async def _fetch(self) -> bool:
        try:
            reply = await self._client.call("GET", self._jwks_url, deadline_s=_FETCH_DEADLINE_S)
            keys = _key_set(reply)
        except (Unavailable, Unreadable) as failure:
            log.warning("key set not fetched", failure=str(failure))
            return False
        finally:
            self._answered_at_s = self._monotonic_s()
        self._keys = keys
        self._key_ids = frozenset(key.kid for key in keys.keys if key.kid)
        return True

    def _remember(self, token: str, caller: Caller) -> None:
        self._callers[token] = caller
        if len(self._callers) > _CACHE_LIMIT:
            self._callers.popitem(last=False)


def bearer_token(request: Request) -> str:
    """Return the access token of a request.

    Raises:
        Refused: it is missing or malformed.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Refused("token_missing")
    if len(token) > _TOKEN_LIMIT_CHARS or not token.isascii():
        raise Refused("token_invalid")
    return token


def verify(token: str, keys: KeySet) -> Caller:
    """Return the caller in a token. Whether it has expired is not checked.

    Args:
        token: from the request.
        keys: public keys of identity.

    Raises:
        Refused: it is invalid, or not issued by identity for this platform.
    """
    try:
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, TypeError, KeyError):
        raise Refused("token_invalid") from None
    audiences = claims.get("aud")
    for_us = AUDIENCE in (audiences if isinstance(audiences, list) else [audiences])
    if claims.get("iss") != ISSUER or not for_us:
        raise Refused("token_invalid")
    return _caller(claims)


def _key_set(reply: Reply) -> KeySet:
    """Read the keys of an answer.

    Raises:
        Unreadable: the answer is no key set.
    """
    if reply.status != 200:
        raise Unreadable("wrong_status", str(reply.status))
    try:
        return KeySet.import_key_set(reply.json())
    except (JoseError, ValueError, TypeError, KeyError):
        raise Unreadable("not_a_key_set") from None


def _key_id(token: str) -> str:
    try:
        key_id = extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError, TypeError, KeyError):
        raise Refused("token_invalid") from None
    if not isinstance(key_id, str):
        raise Refused("token_invalid")
    return key_id


def _caller(claims: Mapping[str, Any]) -> Caller:
    try:
        expires_at_s = float(claims["exp"])
        roles = frozenset(_ROLES[role] for role in claims["roles"] if role in _ROLES)
        return Caller(UUID(claims["sub"]), roles, UUID(claims["sid"]), expires_at_s)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Refused("token_invalid") from None
