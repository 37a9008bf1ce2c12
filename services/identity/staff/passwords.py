"""Hashing and checking of passwords with Argon2id, which is slow on purpose."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.identity.staff.rules import Staff

_MAX_CONCURRENT = 2  # a check takes 64 MiB and a core for tens of milliseconds


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password."""
    return PasswordHasher().hash(password)


class PasswordChecker:
    """Checks passwords in threads, at most two at the same time."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT)
        self._dummy_hash = ""

    async def is_right(self, staff: Staff | None, password: str) -> bool:
        """Return whether a password is the account's; an unknown account takes as long."""
        async with self._slots:
            return await asyncio.to_thread(self._verify, staff, password)

    def _verify(self, staff: Staff | None, password: str) -> bool:
        # A wrong password and an unknown username take the same time, so usernames do not leak.
        if staff is None:
            self._dummy_hash = self._dummy_hash or self._hasher.hash(secrets.token_hex())
        password_hash = staff.password_hash if staff else self._dummy_hash
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
