"""Passwords: hashed and checked with Argon2id, which is slow on purpose; common ones refused.

An operator chooses no password: a new account gets a random one, which its person changes first.
"""

import asyncio
import re
import secrets
from typing import NamedTuple, Self

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from libs.errors import Refused
from services.identity.staff.rules import Staff, check_password

_MAX_CONCURRENT = 2  # a check takes 64 MiB and a core for tens of milliseconds
_OURS = ("nagorik", "sheba", "bangladesh", "dhaka", "citizen", "password")
_LOOKED_AT_CHARS = 72  # a longer beginning takes seconds
_STRONG = 3  # of 0 to 4: more than 10^8 guesses
_OTHER_CHARS = 8  # beside names of account and platform
_INITIAL_BYTES = 15  # 20 characters


def check_not_common(password: str, username: str) -> None:
    """Check that a password is none that is tried first (NIST SP 800-63B, 3.1.1.2).

    zxcvbn has the 30,000 commonest of the breached passwords, and knows how they are varied: by
    case, look-alikes, dates, repetition, rows of keys. Names of account and platform count for
    nothing.

    Raises:
        Refused: it is common, breached, or made of such parts only.
    """
    parts = {*re.split("[._-]", username), *_OURS}
    rest = password[:_LOOKED_AT_CHARS].casefold()
    for part in parts:
        rest = rest.replace(part, "")
    is_strong = zxcvbn(password[:_LOOKED_AT_CHARS], user_inputs=parts)["score"] >= _STRONG
    if not is_strong or len(rest) < _OTHER_CHARS:
        raise Refused("staff_password_common")


class InitialPassword(NamedTuple):
    """A random password of 120 bits with its Argon2id hash; it is shown once, stored nowhere."""

    text: str
    hash: str

    @classmethod
    def new(cls, hasher: PasswordHasher | None = None) -> Self:
        """Return a new one, hashed at the usual cost or by `hasher`; this takes some time."""
        text = secrets.token_urlsafe(_INITIAL_BYTES)
        return cls(text, (hasher or PasswordHasher()).hash(text))


class PasswordChecker:
    """Checks and hashes passwords in threads, at most two at the same time.

    Args:
        hasher: says what a new hash costs; None for argon2-cffi's defaults (RFC 9106, low memory).
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT)
        self._dummy_hash = ""

    async def is_right(self, staff: Staff | None, password: str) -> bool:
        """Return whether a password is the account's; an unknown account takes as long."""
        async with self._slots:
            return await asyncio.to_thread(self._verify, staff, password)

    async def hash_new(self, password: str, username: str) -> str:
        """Return the hash of a password that a person chose.

        Raises:
            Refused: it is too short, too long, or among the first that are tried.
        """
        check_password(password)
        async with self._slots:
            return await asyncio.to_thread(self._hash_new, password, username)

    async def new_initial(self) -> InitialPassword:
        """Return a new initial password for an account."""
        async with self._slots:
            return await asyncio.to_thread(InitialPassword.new, self._hasher)

    def _hash_new(self, password: str, username: str) -> str:
        check_not_common(password, username)
        return self._hasher.hash(password)

    def _verify(self, staff: Staff | None, password: str) -> bool:
        # A wrong password and an unknown username take the same time, so usernames do not leak.
        if staff is None:
            self._dummy_hash = self._dummy_hash or self._hasher.hash(secrets.token_hex())
        password_hash = staff.password_hash if staff else self._dummy_hash
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
