"""Checks access tokens in this process with identity's key set."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.requests import Request
from typing_extensions import override

from libs.component import ComponentHealth
from libs.contracts.language import Text
from libs.contracts.mandates import (
    MANDATE_TYPE,
    PRINTING_TYPE,
    ApplicantPart,
    MandateEvidence,
)
from libs.contracts.offices import Post
from libs.errors import Refused
from libs.periodic import Periodic
from libs.web.callers.ended_sessions import EndedSessions
from libs.web.calling.client import HttpClient
from libs.web.calling.key_sets import KEY_SET_REFRESH_S, PublicKeys, key_id_of

ALGORITHMS = ["ES256"]
ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105  # an ID token has another one (RFC 9068, 2.1)
ISSUER = "nagorik-identity"
AUDIENCE = "nagorik"
MANDATE_AUDIENCE = "nagorik/mandates"  # of tokens that are no citizen's and no person's of staff
LEEWAY_S = 5.0
TOKEN_MAX_LIFE_S = 900  # a token ends so long after its issue, even if it claims more
CLOCK_SKEW_S = 60.0  # a token from further in the future is a forgery, not a clock that differs
RECENT_LOGIN_S = 300.0

ANY_ROLE: Final = frozenset({"*"})
"""As the roles of a route: every member of staff may call it, in whichever role."""

_TOKEN_LIMIT_CHARS = 4096
_CACHE_LIMIT = 20_000
_CALLER = "nagorik.caller"  # key of a request's scope


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request, from its access token.

    Args:
        subject_id: the citizen, or the account of staff (`sub`).
        roles: the roles of the caller.
        session_id: the session of the token.
        expires_at_s: expiry, in seconds since 1970; at most `TOKEN_MAX_LIFE_S` after the issue.
        issued_at_s: when the token was issued, in seconds since 1970.
        authenticated_at_s: when the person last showed password or code, in seconds since 1970
            (`auth_time`, OpenID Connect Core 1.0, section 2).
        key_id: the signing key of the token.
    """

    subject_id: UUID
    roles: frozenset[str]
    session_id: UUID
    expires_at_s: float
    issued_at_s: float = 0.0
    authenticated_at_s: float = 0.0
    key_id: str = ""

    def check_time(self, now_s: float) -> None:
        """Check that the token is valid at this time, in seconds since 1970.

        Raises:
            Refused: it has expired, or was issued in the future.
        """
        if self.expires_at_s + LEEWAY_S <= now_s:
            raise Refused("token_expired")
        if self.issued_at_s > now_s + CLOCK_SKEW_S:
            raise Refused("token_invalid")


@dataclass(frozen=True, slots=True)
class Citizen(Caller):
    """A citizen; never a member of staff."""

    @property
    def citizen_id(self) -> UUID:
        """The id of the citizen."""
        return self.subject_id


@dataclass(frozen=True, slots=True)
class Staff(Caller):
    """A person with a role other than the citizen's; cannot act as a citizen.

    Args:
        post: where an officer works; None for the other roles.
        district: code of the district of its staff; None for the other roles.
    """

    post: Post | None = None
    district: str | None = None

    @property
    def staff_id(self) -> UUID:
        """The id of the account."""
        return self.subject_id

    @property
    def actor(self) -> str:
        """The name of the account in journals."""
        return f"staff:{self.staff_id}"

    def check_role(self, roles: frozenset[str]) -> None:
        """Check that the member of staff has one of these roles.

        Raises:
            Refused: none of them is among the roles of the token.
        """
        if roles != ANY_ROLE and not self.roles & roles:
            raise Refused("role_missing")

    def check_recent_login(self, now_s: float) -> None:
        """Check that the person logged in or confirmed the login a few minutes ago.

        Raises:
            Refused: it is longer than `RECENT_LOGIN_S` ago (RFC 9470 calls it step-up).
        """
        if self.authenticated_at_s + RECENT_LOGIN_S < now_s:
            raise Refused("recent_login_needed")


class AgreedCorrection(NamedTuple):
    """A correction of an application to which a citizen has agreed.

    Args:
        mandate_id: with which the application was sent.
        correction_id: of the answers.
        changes: what they change of who the applicant is.
        replaced_mark: of the words in which the citizen was asked.
    """

    mandate_id: UUID
    correction_id: UUID
    changes: frozenset[ApplicantPart]
    replaced_mark: str | None = None


class Printing(NamedTuple):
    """The application whose papers an uddokta may print, and how the centre is called."""

    tracking_number: str
    service_centre_name: Text


@dataclass(frozen=True, slots=True)
class Mandated(Caller):
    """An uddokta who acts for a citizen with a mandate; the subject is the citizen.

    It is neither a `Citizen` nor `Staff`, so it opens no other route.

    Args:
        evidence: how the citizen agreed, to what, and who acts.
        public_service_id: the one service for which an application can be sent.
        thumbprint: of the key of the device to which the token is bound (RFC 9449).
        token: itself, since the proof of the device names its hash.
        number_mark: of the number for which the citizen consented; None where she gave none.
        fee_day_mark: of the day that decided on the fee; None where none did.
        correction: to which the citizen has agreed; None for an application.
        printing: whose papers may be printed; None for what is sent.
    """

    evidence: MandateEvidence | None = None
    public_service_id: str = ""
    thumbprint: str = ""
    token: str = field(default="", repr=False)
    number_mark: str | None = field(default=None, repr=False)
    fee_day_mark: str | None = field(default=None, repr=False)
    correction: AgreedCorrection | None = None
    printing: Printing | None = None

    @property
    def citizen_id(self) -> UUID:
        """The id of the citizen for whom the uddokta acts."""
        return self.subject_id


class AccessTokens(ABC):
    """Finds the caller of a request by its access token."""

    async def check_mandate(self, request: Request) -> Mandated:
        """Return the caller of a request with the token of a mandate.

        Whether the device's proof is right is for the route to check.

        Raises:
            Refused: the token is missing, invalid or expired, or its session has ended.
        """
        raise Refused("token_missing", request.method)

    @abstractmethod
    async def check(self, request: Request) -> Caller:
        """Return the caller.

        Raises:
            Refused: the token is missing, invalid or expired, or its session has ended.
            Unavailable: no key set was fetched yet.
        """

    def now_s(self) -> float:
        """The time that tokens are checked with, in seconds since 1970."""
        return time.time()

    @abstractmethod
    def check_session(self, caller: Caller) -> None:
        """Check that session and signing key of the caller's token hold; for long answers.

        Raises:
            Refused: the session has ended (`session_ended`), or the key has (`token_invalid`).
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
        self._metrics = client.metrics
        self._keys = PublicKeys(
            "identity",
            jwks_url,
            client=client,
            monotonic_s=monotonic_s,
            on_change=self._forget_callers,
        )
        self._ended = EndedSessions(TOKEN_MAX_LIFE_S + CLOCK_SKEW_S + LEEWAY_S)
        self._callers: OrderedDict[str, Caller] = OrderedDict()

    @override
    async def check(self, request: Request) -> Caller:
        """Return the caller; verified tokens are cached until the key set changes.

        Raises:
            Refused: there is no token, or it is not valid, or no longer, or its session has ended.
        """
        token = bearer_token(request)
        caller = self._callers.get(token)
        if caller is None:
            caller = await self._verified(token)
            self._remember(token, caller)
        note_caller(request, caller)
        self.check_session(caller)
        try:
            caller.check_time(self.now_s())
        except Refused:
            self._callers.pop(token, None)
            raise
        return caller

    @override
    async def check_mandate(self, request: Request) -> Mandated:
        """Return the caller of a request with the token of a mandate; nothing is cached.

        Raises:
            Refused: there is no token, or it is not valid, or no longer, or its session has ended.
        """
        token = bearer_token(request, "dpop")
        key_id = key_id_of(token)
        keys = await self._keys.with_key(key_id) if key_id is not None else None
        if keys is None:
            raise Refused("token_invalid")
        caller = verify_mandate(token, keys)
        note_caller(request, caller)
        self.check_session(caller)
        caller.check_time(self.now_s())
        return caller

    @override
    def check_session(self, caller: Caller) -> None:
        """Check that identity has not announced the end of the caller's session, and has the key.

        Raises:
            Refused: the session has ended (`session_ended`), or the key has (`token_invalid`).
        """
        if caller.session_id in self._ended:
            raise Refused("session_ended")
        if not self._keys.has(caller.key_id):
            raise Refused("token_invalid")

    def end_session(self, session_id: UUID, ended_at_s: float) -> None:
        """Refuse the tokens of a session from now on.

        Args:
            session_id: the session.
            ended_at_s: when it ended, in seconds since 1970.
        """
        self._ended.add(session_id, ended_at_s)

    def revoke_key(self, key_id: str) -> None:
        """Refuse the tokens of a signing key from now on, even while identity still shows it."""
        self._keys.revoke(key_id)

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch the key set now and every 15 seconds until `stop` is set."""
        await Periodic(
            self.name, self._keys.refresh, metrics=self._metrics, every_s=KEY_SET_REFRESH_S
        ).run(stop)

    def health(self) -> ComponentHealth:
        """Ready once a key set was fetched, however old."""
        has_keys = self._keys.are_known
        return ComponentHealth(ready=has_keys, detail="" if has_keys else "no key set")

    async def _verified(self, token: str) -> Caller:
        key_id = key_id_of(token)
        keys = await self._keys.with_key(key_id) if key_id is not None else None
        if keys is None:
            raise Refused("token_invalid")
        return verify(token, keys)

    def _forget_callers(self) -> None:
        """Verify all tokens again: those signed with a removed key are refused."""
        self._callers.clear()

    def _remember(self, token: str, caller: Caller) -> None:
        self._callers[token] = caller
        if len(self._callers) > _CACHE_LIMIT:
            self._callers.popitem(last=False)


def note_caller(request: Request, caller: Caller) -> None:
    """Keep the caller of a request, whose token is genuine, for the log of refusals."""
    request.scope[_CALLER] = caller


def caller_of(request: Request) -> Caller | None:
    """Return the caller of a request, if one was found; its session may have ended."""
    caller: Caller | None = request.scope.get(_CALLER)
    return caller


def is_mandated(request: Request) -> bool:
    """Whether a request comes with a token that is bound to a device's key."""
    return request.headers.get("authorization", "")[:5].lower() == "dpop "


def bearer_token(request: Request, wanted: str = "bearer") -> str:
    """Return the access token of a request.

    Args:
        request: the request.
        wanted: the scheme; a token that is bound to a key (`dpop`) is not taken as a bearer's.

    Raises:
        Refused: it is missing or malformed.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != wanted or not token:
        raise Refused("token_missing")
    if len(token) > _TOKEN_LIMIT_CHARS or not token.isascii():
        raise Refused("token_invalid")
    return token


def verify(token: str, keys: KeySet) -> Caller:
    """Return the caller in a token; its time is checked by `Caller.check_time`.

    Args:
        token: from the request.
        keys: public keys of identity.

    Raises:
        Refused: it is invalid, or not issued by identity for this platform.
    """
    claims = signed_claims(token, keys, ACCESS_TOKEN_TYPE)
    audiences = claims.get("aud")
    for_us = AUDIENCE in (audiences if isinstance(audiences, list) else [audiences])
    if claims.get("iss") != ISSUER or not for_us:
        raise Refused("token_invalid")
    return _caller(claims, key_id_of(token) or "")


def verify_mandate(token: str, keys: KeySet) -> Mandated:
    """Return the caller in the token of a mandate; its time is checked by `Caller.check_time`.

    Args:
        token: from the request.
        keys: public keys of identity.

    Raises:
        Refused: it is invalid, or not issued by identity for a mandate.
    """
    claims = signed_claims(token, keys, ACCESS_TOKEN_TYPE)
    if claims.get("iss") != ISSUER or claims.get("aud") != MANDATE_AUDIENCE:
        raise Refused("token_invalid")
    try:
        (allowed,) = claims["authorization_details"]
        if allowed["type"] not in {MANDATE_TYPE, PRINTING_TYPE}:
            raise Refused("token_invalid")
        issued_at_s = float(claims["iat"])
        return Mandated(
            UUID(claims["sub"]),
            frozenset(),
            UUID(claims["sid"]),
            expires_at_s=min(float(claims["exp"]), issued_at_s + TOKEN_MAX_LIFE_S),
            issued_at_s=issued_at_s,
            key_id=key_id_of(token) or "",
            evidence=MandateEvidence(**allowed, uddokta_id=claims["act"]["sub"]),
            public_service_id=str(allowed["public_service_id"]),
            thumbprint=str(claims["cnf"]["jkt"]),
            token=token,
            number_mark=allowed.get("number_mark"),
            fee_day_mark=allowed.get("fee_day_mark"),
            correction=_correction_in(allowed),
            printing=_printing_in(allowed),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Refused("token_invalid") from None


def _printing_in(allowed: dict[str, Any]) -> Printing | None:
    if allowed["type"] != PRINTING_TYPE:
        return None
    name = Text.model_validate(allowed["service_centre_name"])
    return Printing(str(allowed["tracking_number"]), name)


def _correction_in(allowed: dict[str, Any]) -> AgreedCorrection | None:
    corrects = allowed.get("corrects")
    if corrects is None:
        return None
    return AgreedCorrection(
        UUID(corrects),
        UUID(allowed["correction_id"]),
        frozenset(allowed["changes"]),
        allowed.get("replaced_mark"),
    )


def signed_claims(token: str, keys: KeySet, kind: str) -> dict[str, Any]:
    """Return the claims of a JWT that one of the keys signed.

    Args:
        token: from a request.
        keys: public keys of identity.
        kind: what `typ` in its header must be, so that no token is taken for another kind.

    Raises:
        Refused: the signature is wrong, or the kind is another one (`token_invalid`).
    """
    try:
        signed = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError):
        raise Refused("token_invalid") from None
    if signed.header.get("typ") != kind:
        raise Refused("token_invalid")
    return signed.claims


def _caller(claims: Mapping[str, Any], key_id: str) -> Caller:
    try:
        roles = frozenset(str(role) for role in claims["roles"])
        issued_at_s = float(claims["iat"])
        caller = _kind_of(roles)(
            UUID(claims["sub"]),
            roles,
            UUID(claims["sid"]),
            expires_at_s=min(float(claims["exp"]), issued_at_s + TOKEN_MAX_LIFE_S),
            issued_at_s=issued_at_s,
            authenticated_at_s=float(claims.get("auth_time", 0)),
            key_id=key_id,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Refused("token_invalid") from None
    if not isinstance(caller, Staff):
        return caller
    return replace(caller, post=Post.of(claims), district=claims.get("district"))


def _kind_of(roles: frozenset[str]) -> type[Caller]:
    """The kind of a caller: with any other role than the citizen's, a person of our staff."""
    if roles - {"citizen"}:
        return Staff
    return Citizen if roles else Caller
