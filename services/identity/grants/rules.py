"""Grants: a citizen's login at a client, from the code to the last refresh token."""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from services.identity.citizens.rules import Citizen
from services.identity.sessions.rules import RefreshToken, Session, SessionPolicy, open_session

CODE_VALID_S: Final = 60
ACR: Final = "urn:nagorik:login:sms-code"
AMR: Final = ("otp", "sms")  # RFC 8176
ID_TOKEN_TYPE: Final = "JWT"  # noqa: S105

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)  # RFC 7636, section 4.1


@dataclass(frozen=True, slots=True)
class Grant(Session):
    """One login of a citizen at a client; as a session, it has refresh tokens that rotate.

    Args:
        client_id: the client.
        login_id: the session of the citizen's browser with us.
        scopes: what the client may know and do.
        redirect_uri: where the code was sent.
        code_challenge: SHA-256 of what the client shows with the code (RFC 7636).
        nonce: of the client, for the first ID token.
        code_hash: SHA-256 of the code.
        code_expires_at: until when the code can be exchanged.
        code_used_at: when it was.
    """

    client_id: str
    login_id: UUID
    scopes: tuple[str, ...]
    redirect_uri: str
    code_challenge: str
    nonce: str | None
    code_hash: bytes
    code_expires_at: datetime
    code_used_at: datetime | None = None

    @property
    def outlives_login(self) -> bool:
        """Whether the client may renew tokens when the citizen has logged out with us."""
        return "offline_access" in self.scopes


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """The values of a client's request that its code is bound to."""

    client_id: str
    scopes: tuple[str, ...]
    redirect_uri: str
    code_challenge: str
    nonce: str | None


@dataclass(frozen=True, slots=True, repr=False)
class CodeExchange:
    """The values that a client sends to exchange a code."""

    client_id: str
    code: str
    redirect_uri: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Issue:
    """The values that all tokens of one answer share.

    Args:
        issuer: our address.
        audience: of the access token.
        subject: by which the client knows the citizen.
        scopes: of the access token.
        token_id: of the access token.
        at: the current time.
        life_s: seconds for which the tokens are valid.
    """

    issuer: str
    audience: str
    subject: UUID
    scopes: Sequence[str]
    token_id: UUID
    at: datetime
    life_s: int


def open_grant(  # noqa: PLR0913
    grant_id: UUID,
    login: Session,
    request: CodeRequest,
    code: str,
    token: RefreshToken,
    *,
    token_life_s: int,
    at: datetime,
) -> Grant:
    """Return a new grant, whose code waits to be exchanged.

    Until then it lasts as long as the code and an access token after it.

    Args:
        grant_id: its id.
        login: the session of the citizen's browser.
        request: what the code is bound to.
        code: random.
        token: random; replaced when the code is exchanged.
        token_life_s: seconds for which an access token is valid.
        at: the current time.
    """
    until_exchanged = SessionPolicy(CODE_VALID_S + token_life_s, CODE_VALID_S + token_life_s, 0)
    session = open_session(grant_id, login.subject_id, ("citizen",), token, until_exchanged, at)
    return Grant(
        **{name: getattr(session, name) for name in Session.__dataclass_fields__}
        | {"authenticated_at": login.authenticated_at},
        client_id=request.client_id,
        login_id=login.session_id,
        scopes=request.scopes,
        redirect_uri=request.redirect_uri,
        code_challenge=request.code_challenge,
        nonce=request.nonce,
        code_hash=hash_code(code),
        code_expires_at=at + timedelta(seconds=CODE_VALID_S),
    )


def exchange_code(
    grant: Grant, exchange: CodeExchange, token: RefreshToken, policy: SessionPolicy, at: datetime
) -> tuple[Grant, str | None]:
    """Use up the code of a grant.

    A failed exchange by its client uses the code up, too. A second use ends the grant with all its
    tokens, since somebody else may have the code (RFC 6749, section 4.1.2).

    Returns:
        The changed grant, and why the exchange is refused, or None.
    """
    if grant.client_id != exchange.client_id:
        return grant, "the code is of another client"
    if grant.code_used_at is not None:
        return replace(grant, ended_at=grant.ended_at or at), "the code was used before"
    used = replace(grant, code_used_at=at)
    if at >= grant.code_expires_at:
        return used, "the code has expired"
    if grant.redirect_uri != exchange.redirect_uri:
        return replace(used, ended_at=at), "redirect_uri is another one than before"
    if not hmac.compare_digest(challenge_of(exchange.verifier), grant.code_challenge):
        return replace(used, ended_at=at), "code_verifier does not match code_challenge"
    if not grant.outlives_login:
        return used, None
    idle, absolute = policy.lengths(grant.roles)
    return replace(
        used,
        family_hash=token.family_hash,
        secret_hash=token.secret_hash,
        rotated_at=at,
        expires_at=at + idle,
        absolute_expires_at=at + absolute,
    ), None


def hash_code(code: str) -> bytes:
    """Return the stored form of a code, which is random enough for a plain hash."""
    return sha256(code.encode()).digest()


def is_verifier(text: str) -> bool:
    """Whether a text has the form of a code verifier."""
    return _VERIFIER.fullmatch(text) is not None


def challenge_of(verifier: str) -> str:
    """Return the challenge of a code verifier (`S256`, RFC 7636, section 4.2)."""
    return _base64(sha256(verifier.encode()).digest())


def access_token_claims(grant: Grant, issue: Issue) -> Mapping[str, Any]:
    """Return the claims of an access token for a client (RFC 9068)."""
    return {
        **_common_claims(grant, issue),
        "aud": issue.audience,
        "client_id": grant.client_id,
        "scope": " ".join(issue.scopes),
        "jti": str(issue.token_id),
    }


def id_token_claims(grant: Grant, issue: Issue, access_token: str) -> Mapping[str, Any]:
    """Return the claims of an ID token (OpenID Connect Core 1.0, section 2)."""
    digest = sha256(access_token.encode()).digest()
    return {
        **_common_claims(grant, issue),
        "aud": grant.client_id,
        "acr": ACR,
        "amr": AMR,
        "at_hash": _base64(digest[: len(digest) // 2]),
        **({"nonce": grant.nonce} if grant.nonce is not None else {}),
    }


def user_claims(subject: UUID, citizen: Citizen, scopes: Collection[str]) -> Mapping[str, Any]:
    """Return the claims about a citizen that these scopes allow a client."""
    claims: dict[str, Any] = {"sub": str(subject)}
    if "profile" in scopes:
        claims["locale"] = citizen.language
    if "phone" in scopes and citizen.phone is not None:
        claims |= {"phone_number": citizen.phone, "phone_number_verified": True}
    return claims


def _common_claims(grant: Grant, issue: Issue) -> Mapping[str, Any]:
    issued_s = int(issue.at.timestamp())
    return {
        "iss": issue.issuer,
        "sub": str(issue.subject),
        "sid": str(grant.session_id),
        "iat": issued_s,
        "exp": issued_s + issue.life_s,
        "auth_time": int(grant.authenticated_at.timestamp()),
    }


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
