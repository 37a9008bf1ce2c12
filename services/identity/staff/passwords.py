"""Passwords: hashed and checked with Argon2id, which is slow on purpose; common ones refused.

An operator chooses no password: a new account gets a random one, which its person changes first.
"""

import asyncio
import re
from collections.abc import Callable
from typing import NamedTuple, Self, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from libs.errors import Refused
from libs.ids import new_typed_secret
from services.identity.staff.rules import Staff, check_password

T = TypeVar("T")

_MAX_CONCURRENT = 2  # a check takes 64 MiB and a core for tens of milliseconds
_WAIT_S = 2.0  # less than the gateway waits
_OURS = ("nagorik", "sheba", "bangladesh", "dhaka", "citizen", "password")
_LOOKED_AT_CHARS = 72  # a longer beginning takes seconds
_STRONG = 3  # of 0 to 4: more than 10^8 guesses
_OTHER_CHARS = 8  # beside names of account and platform


def check_not_common(password: str, username: str) -> None:
    """Check that a password is not among those that attackers try first (NIST SP 800-63B, 3.1.1.2).

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
    """A random password with its Argon2id hash; it is shown once, stored nowhere."""

    text: str
    hash: str

    @classmethod
    def new(cls, hasher: PasswordHasher | None = None) -> Self:
        """Return a new one, hashed at the usual cost or by `hasher`; this takes some time."""
        text = new_typed_secret()
        return cls(text, (hasher or PasswordHasher()).hash(text))


class PasswordChecker:
    """Checks and hashes passwords in threads, at most two at the same time.

    A thread that nobody waits for any more keeps its place until it ends: threads never pile up.
    Each method raises `Refused` (`staff_logins_busy`) if no place is free for two seconds.

    Args:
        hasher: says what a new hash costs; None for argon2-cffi's defaults (RFC 9106, low memory).
        wait_s: seconds that a check waits for a place.
    """

    def __init__(self, hasher: PasswordHasher | None = None, *, wait_s: float = _WAIT_S) -> None:
        self._wait_s = wait_s
        self._hasher = hasher or PasswordHasher()
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT)

    async def is_right(self, staff: Staff, password: str) -> bool:
        """Return whether a password is the account's."""
        return await self._in_thread(lambda: self._verify(staff, password))

    async def hash_new(self, password: str, username: str) -> str:
        """Return the hash of a password that a person chose.

        Raises:
            Refused: it is too short, too long, or among the first that are tried.
        """
        check_password(password)
        return await self._in_thread(lambda: self._hash_new(password, username))

    async def new_initial(self) -> InitialPassword:
        """Return a new initial password for an account."""
        return await self._in_thread(lambda: InitialPassword.new(self._hasher))

    async def _in_thread(self, function: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(self._wait_s):
                await self._slots.acquire()
        except TimeoutError:
            raise Refused("staff_logins_busy", retry_after_s=self._wait_s) from None
        thread = asyncio.get_running_loop().run_in_executor(None, function)
        thread.add_done_callback(lambda _: self._slots.release())
        return await asyncio.shield(thread)

    def _hash_new(self, password: str, username: str) -> str:
        check_not_common(password, username)
        return self._hasher.hash(password)

    def _verify(self, staff: Staff, password: str) -> bool:
        try:
            return self._hasher.verify(staff.password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
