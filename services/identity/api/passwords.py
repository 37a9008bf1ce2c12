"""Officers and operators log in with a password; rare, slow on purpose, and paused when guessed."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import BaseModel, ConfigDict, Field

from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from services.identity import store
from services.identity.domain.sessions import (
    FAMILY_BYTES,
    SECRET_BYTES,
    RefreshToken,
    Session,
    SessionRules,
    begin,
)
from services.identity.domain.staff import LONGEST_PASSWORD, Staff, logged_in, take_try

_AT_ONCE = 2  # each check takes 64 MiB and a core for tens of milliseconds


class LogInWithPassword(BaseModel):
    """Log in as an officer or operator."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(min_length=1, max_length=40)
    password: str = Field(min_length=1, max_length=LONGEST_PASSWORD)


class Passwords:
    """Logins with a password.

    Args:
        database: where accounts and sessions are kept.
        rules: how long a session lives.
        clock: tells the time.
    """

    def __init__(
        self, database: Database, rules: SessionRules, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._rules = rules
        self._clock = clock
        self._hasher = PasswordHasher()
        self._checking = asyncio.Semaphore(_AT_ONCE)
        self._nobody = ""

    async def log_in(self, asked: LogInWithPassword) -> tuple[Session, RefreshToken]:
        """Open a session for an officer or operator.

        Raises:
            Refused: username or password is wrong, or the account is closed; which one is not said.
        """
        staff = await self._counted(asked.username)
        right = await self._is_right(staff, asked.password)
        if staff is None or not right or not staff.active:
            raise Refused("staff_login_wrong")
        return await self._opened(staff)

    async def _counted(self, username: str) -> Staff | None:
        async with self._database.transaction() as tx:
            staff = await store.lock_staff(tx, username)
            if staff is not None:
                await store.save_staff(tx, take_try(staff, self._clock()))
            return staff

    async def _is_right(self, staff: Staff | None, password: str) -> bool:
        async with self._checking:
            return await asyncio.to_thread(self._verify, staff, password)

    def _verify(self, staff: Staff | None, password: str) -> bool:
        # An unknown username takes as long as a wrong password, so that names cannot be probed.
        if staff is None:
            self._nobody = self._nobody or self._hasher.hash(secrets.token_hex())
        try:
            return self._hasher.verify(staff.password_hash if staff else self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _opened(self, staff: Staff) -> tuple[Session, RefreshToken]:
        token = RefreshToken(secrets.token_bytes(FAMILY_BYTES), secrets.token_bytes(SECRET_BYTES))
        roles = (staff.role,)
        session = begin(new_id(), staff.staff_id, roles, token, self._rules, self._clock())
        async with self._database.transaction() as tx:
            now = await store.lock_staff(tx, staff.username)
            if now is None or not now.active or now.password_hash != staff.password_hash:
                raise Refused("staff_login_wrong")
            await store.save_staff(tx, logged_in(now))
            await store.add_sessions(tx, [session])
        return session, token
