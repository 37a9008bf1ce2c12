"""Sessions with rotating refresh tokens (RFC 9700, section 4.14.2).

A refresh token is replaced at every use. Its successor is derived from the token and a stored salt,
so a request that is repeated within the grace period gets the same successor. Requests are repeated
when a response was lost, or when two browser windows refresh at the same time. Any other use of an
old token ends the session, since somebody else may have a copy.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Self, TypeVar
from uuid import UUID

from libs.contracts.offices import Post
from libs.errors import Refused

FAMILY_BYTES: Final = 16
SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True, repr=False)
class RefreshToken:
    """A refresh token.

    Args:
        family: 128 random bits that all tokens of a session share.
        secret: 256 bits of this token only.
    """

    family: bytes
    secret: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the text of a token.

        Raises:
            Refused: it is malformed (`refresh_token_invalid`).
        """
        try:
            both = urlsafe_b64decode(text.encode("ascii"))
        except (NotBase64, ValueError) as wrong:
            raise Refused("refresh_token_invalid") from wrong
        if len(both) != FAMILY_BYTES + SECRET_BYTES:
            raise Refused("refresh_token_invalid")
        return cls(both[:FAMILY_BYTES], both[FAMILY_BYTES:])

    def text(self) -> str:
        """Return the token as 64 URL-safe characters."""
        return urlsafe_b64encode(self.family + self.secret).decode()

    @property
    def family_hash(self) -> bytes:
        """The SHA-256 by which the session is stored."""
        return sha256(self.family).digest()

    @property
    def secret_hash(self) -> bytes:
        """The SHA-256 of the secret, as it is stored."""
        return sha256(self.secret).digest()

    def successor(self, salt: bytes) -> Self:
        """Return the next token, derived from this one and the salt."""
        return replace(self, secret=hmac.digest(self.secret, salt, sha256))


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """Settings of sessions.

    Args:
        idle_s: seconds without a refresh after which a session expires.
        absolute_s: seconds after the login when a session expires, even if it is refreshed.
        grace_s: seconds for which the previous refresh token still gives the same successor.
        staff_idle_s: as `idle_s`, for staff.
        staff_absolute_s: as `absolute_s`, for staff.
    """

    idle_s: int
    absolute_s: int
    grace_s: int
    staff_idle_s: int = 1800
    staff_absolute_s: int = 12 * 3600

    def lengths(self, roles: Collection[str]) -> tuple[timedelta, timedelta]:
        """Return how long a session lasts without a refresh, and in all (OWASP ASVS 5, 7.3)."""
        is_citizen = set(roles) == {"citizen"}
        idle_s = self.idle_s if is_citizen else self.staff_idle_s
        absolute_s = self.absolute_s if is_citizen else self.staff_absolute_s
        return timedelta(seconds=idle_s), timedelta(seconds=absolute_s)


@dataclass(frozen=True, slots=True)
class Session:
    """One login of one person on one device; tokens are stored as hashes only.

    Args:
        post: of an officer, who logs in again after a change of post.
        device: on which a citizen logged in: the id in its device token, or the thumbprint of the
            key of a centre's device.
        browser: browser and system by name, as they were at the login.
        district: of staff of a district, who log in again after a change.
    """

    session_id: UUID
    subject_id: UUID
    roles: tuple[str, ...]
    family_hash: bytes
    secret_hash: bytes
    previous_hash: bytes | None
    successor_salt: bytes | None
    rotated_at: datetime
    expires_at: datetime
    absolute_expires_at: datetime
    opened_at: datetime
    authenticated_at: datetime
    ended_at: datetime | None
    post: Post | None = field(default=None, kw_only=True)
    device: str | None = field(default=None, kw_only=True)
    browser: str | None = field(default=None, kw_only=True)
    district: str | None = field(default=None, kw_only=True)


Renewed = TypeVar("Renewed", bound=Session)


def open_session(
    session_id: UUID,
    subject_id: UUID,
    roles: tuple[str, ...],
    token: RefreshToken,
    policy: SessionPolicy,
    at: datetime,
) -> Session:
    """Return a new session with its first refresh token."""
    idle, absolute = policy.lengths(roles)
    return Session(
        session_id=session_id,
        subject_id=subject_id,
        roles=roles,
        family_hash=token.family_hash,
        secret_hash=token.secret_hash,
        previous_hash=None,
        successor_salt=None,
        rotated_at=at,
        expires_at=at + min(idle, absolute),
        absolute_expires_at=at + absolute,
        opened_at=at,
        authenticated_at=at,
        ended_at=None,
    )


def ending_by(session: Session, ends_at: datetime) -> Session:
    """Return a session that ends by a time, as do its tokens."""
    return replace(
        session,
        expires_at=min(session.expires_at, ends_at),
        absolute_expires_at=min(session.absolute_expires_at, ends_at),
    )


def is_open(session: Session, at: datetime, last_revocation: datetime | None) -> bool:
    """Return whether a session goes on.

    Args:
        session: the session.
        at: the current time.
        last_revocation: when a signing key was last revoked; sessions opened until then are over.
    """
    ended = session.ended_at is not None or at >= session.expires_at
    return not ended and (last_revocation is None or session.opened_at > last_revocation)


def refresh_session(
    session: Renewed,
    token: RefreshToken,
    salt: bytes,
    policy: SessionPolicy,
    at: datetime,
    last_revocation: datetime | None = None,
) -> tuple[Renewed, RefreshToken | None]:
    """Replace a session's refresh token.

    Args:
        session: the stored session.
        token: a token of this session's family.
        salt: random bytes for the successor.
        policy: the settings.
        at: the current time.
        last_revocation: when a signing key was last revoked.

    Returns:
        The changed session, and the successor. If the token is an old one, the session has ended
        and the successor is None.

    Raises:
        Refused: the session has ended or expired (`session_ended`).
    """
    if not is_open(session, at, last_revocation):
        raise Refused("session_ended", f"session {session.session_id}")
    if hmac.compare_digest(token.secret_hash, session.secret_hash):
        return _rotated(session, token, salt, policy, at)
    if _in_grace(session, token, policy, at) and session.successor_salt is not None:
        return session, token.successor(session.successor_salt)
    return replace(session, ended_at=at), None


def _rotated(
    session: Renewed, token: RefreshToken, salt: bytes, policy: SessionPolicy, at: datetime
) -> tuple[Renewed, RefreshToken]:
    successor = token.successor(salt)
    rotated = replace(
        session,
        secret_hash=successor.secret_hash,
        previous_hash=token.secret_hash,
        successor_salt=salt,
        rotated_at=at,
        expires_at=min(at + policy.lengths(session.roles)[0], session.absolute_expires_at),
    )
    return rotated, successor


def _in_grace(session: Session, token: RefreshToken, policy: SessionPolicy, at: datetime) -> bool:
    is_previous = session.previous_hash is not None and hmac.compare_digest(
        token.secret_hash, session.previous_hash
    )
    return is_previous and at <= session.rotated_at + timedelta(seconds=policy.grace_s)
