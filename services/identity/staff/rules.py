"""Accounts of officers, operators and viewers: checks, initial passwords, and the pause."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from libs.contracts.identity import PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS, StaffRole
from libs.contracts.offices import Post
from libs.errors import Refused

LoginOutcome = Literal[
    "logged_in", "confirmed", "password_changed", "unknown", "disabled", "paused", "password_wrong",
    "password_expired", "password_initial", "second_factor_wrong",
]  # fmt: skip
"""The outcome of a login, for the journal. All bad logins look the same to the caller, except
`password_initial`: everything was right, and the password must be changed first."""

INITIAL_PASSWORD_S: Final = 24 * 3600
LOGINS_KEPT_DAYS: Final = 365
PASSWORD_ATTEMPTS: Final = 5
PAUSE_S: Final = 900
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,39}")


@dataclass(frozen=True, slots=True, repr=False)
class Staff:
    """The account of an officer of a ministry, or of the platform's own staff.

    Args:
        staff_id: the `sub` of its tokens.
        username: the login name.
        role: the role in its tokens.
        ministry: the officer's ministry; None for the other roles.
        password_hash: Argon2id.
        active: whether the account may log in.
        attempts_left: wrong passwords until the account is paused.
        paused_until: no password is checked before this time.
        password_expires_at: the end of an initial password; None for one that its person chose.
        office_id: where an officer works; None for the other roles, and for officers of before.
        area: for which that office is responsible; None for the whole country.
    """

    staff_id: UUID
    username: str
    role: StaffRole
    ministry: str | None
    password_hash: str
    active: bool = True
    attempts_left: int = PASSWORD_ATTEMPTS
    paused_until: datetime | None = None
    password_expires_at: datetime | None = None
    office_id: str | None = None
    area: str | None = None

    @property
    def post(self) -> Post | None:
        """The officer's post, as in the claims of tokens."""
        return Post(self.ministry, self.office_id, self.area) if self.ministry else None


@dataclass(frozen=True, slots=True)
class Login:
    """A login in the journal, good or bad.

    Args:
        at: when.
        outcome: how it ended.
        address: where it came from.
    """

    at: datetime
    outcome: str
    address: str


def check_account(
    username: str, role: StaffRole, ministry: str | None, ministries: Collection[str]
) -> None:
    """Check that an account may be created.

    Raises:
        Refused: the username is malformed; an officer's ministry is missing or unknown; or another
            role has a ministry.
    """
    if not _USERNAME.fullmatch(username):
        raise Refused("staff_username_malformed")
    if role == "officer" and ministry not in ministries:
        raise Refused("staff_ministry_unknown")
    if role != "officer" and ministry is not None:
        raise Refused("staff_ministry_unknown", f"a {role} belongs to no ministry")


def check_password(password: str) -> None:
    """Check the length of a password that is to be set.

    Raises:
        Refused: it is too short or too long.
    """
    if not PASSWORD_MIN_CHARS <= len(password) <= PASSWORD_MAX_CHARS:
        raise Refused("staff_password_weak")


def closed_because(staff: Staff | None, at: datetime) -> LoginOutcome | None:
    """Return why nobody can log in to an account now, even with right proofs; None if one can."""
    if staff is None:
        return "unknown"
    if not staff.active:
        return "disabled"
    if staff.paused_until is not None and at < staff.paused_until:
        return "paused"
    has_expired = staff.password_expires_at is not None and at >= staff.password_expires_at
    return "password_expired" if has_expired else None


def with_initial_password(staff: Staff, password_hash: str, at: datetime) -> Staff:
    """Return the account with a password that opens no session, and can be changed for a day."""
    expires_at = at + timedelta(seconds=INITIAL_PASSWORD_S)
    return replace(staff, password_hash=password_hash, password_expires_at=expires_at)


def with_own_password(staff: Staff, password_hash: str) -> Staff:
    """Return the account with a password that its person chose, and with all its attempts."""
    return replace(reset_attempts(staff), password_hash=password_hash, password_expires_at=None)


def count_attempt(staff: Staff, at: datetime) -> Staff:
    """Count an attempt before the password is checked, so that concurrent attempts all count."""
    if staff.attempts_left > 1:
        return replace(staff, attempts_left=staff.attempts_left - 1)
    return replace(
        staff, attempts_left=PASSWORD_ATTEMPTS, paused_until=at + timedelta(seconds=PAUSE_S)
    )


def reset_attempts(staff: Staff) -> Staff:
    """Return the account with all its attempts; used after the right password."""
    return replace(staff, attempts_left=PASSWORD_ATTEMPTS, paused_until=None)
