"""Sessions: one refresh token at a time, which is replaced at every use.

The next token is made from the one shown and a salt that is kept: whoever shows the same token
again within the grace (the answer was lost, or two windows asked at once) gets the same successor,
so there is one chain, and a token out of its turn means that two people hold it.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Self
from uuid import UUID

from libs.contracts.identity import Role
from libs.errors import Refused

FAMILY_BYTES: Final = 16
SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True, repr=False)
class RefreshToken:
    """What the holder of a session shows.

    Args:
        family: the same in all tokens of a session and known to their holders only.
        secret: this token's own 256 bits.
    """

    family: bytes
    secret: bytes

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a token as `text` wrote it.

        Raises:
            Refused: it is not one (`refresh_token_invalid`).
        """
        try:
            both = urlsafe_b64decode(text.encode("ascii"))
        except (NotBase64, ValueError) as wrong:
            raise Refused("refresh_token_invalid") from wrong
        if len(both) != FAMILY_BYTES + SECRET_BYTES:
            raise Refused("refresh_token_invalid")
        return cls(both[:FAMILY_BYTES], both[FAMILY_BYTES:])

    def text(self) -> str:
        """64 characters that pass through a header, a URL and a JSON string as they are."""
        return urlsafe_b64encode(self.family + self.secret).decode()

    @property
    def family_hash(self) -> bytes:
        """Under which the session is found."""
        return sha256(self.family).digest()

    @property
    def secret_hash(self) -> bytes:
        """What is kept of the token."""
        return sha256(self.secret).digest()

    def next(self, salt: bytes) -> Self:
        """Return the token that follows; without the salt nobody can tell it from this one."""
        return replace(self, secret=hmac.digest(self.secret, salt, sha256))


@dataclass(frozen=True, slots=True)
class SessionRules:
    """What the settings say about sessions.

    Args:
        idle_s: a session that is not refreshed for so long is over.
        most_s: a session is over so long after the login, however often it is refreshed.
        grace_s: for so long the token before the current one is answered again.
    """

    idle_s: int
    most_s: int
    grace_s: int


@dataclass(frozen=True, slots=True)
class Session:
    """One login of one person on one device."""

    session_id: UUID
    subject_id: UUID
    roles: tuple[Role, ...]
    family_hash: bytes
    secret_hash: bytes
    previous_hash: bytes | None
    next_salt: bytes | None
    rotated_at: datetime
    expires_at: datetime
    most_until: datetime
    ended_at: datetime | None


def begin(
    session_id: UUID,
    subject_id: UUID,
    roles: tuple[Role, ...],
    token: RefreshToken,
    rules: SessionRules,
    at: datetime,
) -> Session:
    """Open a session with its first refresh token."""
    most_until = at + timedelta(seconds=rules.most_s)
    return Session(
        session_id=session_id,
        subject_id=subject_id,
        roles=roles,
        family_hash=token.family_hash,
        secret_hash=token.secret_hash,
        previous_hash=None,
        next_salt=None,
        rotated_at=at,
        expires_at=min(at + timedelta(seconds=rules.idle_s), most_until),
        most_until=most_until,
        ended_at=None,
    )


def refresh(
    session: Session, token: RefreshToken, salt: bytes, rules: SessionRules, at: datetime
) -> tuple[Session, RefreshToken | None]:
    """Replace a session's token by the next one.

    Returns the session as it is from now on, and the next token; None where the token shown is an
    old one: then two people hold tokens of this session, and it has ended.

    Raises:
        Refused: the session is over already (`session_ended`).
    """
    if session.ended_at is not None or at >= session.expires_at:
        raise Refused("session_ended", f"session {session.session_id}")
    if hmac.compare_digest(token.secret_hash, session.secret_hash):
        return _turned(session, token, salt, rules, at)
    if _in_grace(session, token, rules, at) and session.next_salt is not None:
        return session, token.next(session.next_salt)
    return replace(session, ended_at=at), None


def _turned(
    session: Session, token: RefreshToken, salt: bytes, rules: SessionRules, at: datetime
) -> tuple[Session, RefreshToken]:
    following = token.next(salt)
    turned = replace(
        session,
        secret_hash=following.secret_hash,
        previous_hash=token.secret_hash,
        next_salt=salt,
        rotated_at=at,
        expires_at=min(at + timedelta(seconds=rules.idle_s), session.most_until),
    )
    return turned, following


def _in_grace(session: Session, token: RefreshToken, rules: SessionRules, at: datetime) -> bool:
    is_previous = session.previous_hash is not None and hmac.compare_digest(
        token.secret_hash, session.previous_hash
    )
    return is_previous and at <= session.rotated_at + timedelta(seconds=rules.grace_s)
