"""Accounts of officers, operators and viewers: checks, and the pause of an account."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from libs.errors import Refused

StaffRole = Literal["officer", "operator", "dead_letter_viewer"]

PASSWORD_MIN_CHARS: Final = 12
PASSWORD_MAX_CHARS: Final = 200
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
    """

    staff_id: UUID
    username: str
    role: StaffRole
    ministry: str | None
    password_hash: str
    active: bool = True
    attempts_left: int = PASSWORD_ATTEMPTS
    paused_until: datetime | None = None


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
    """Check that a password may be set.

    Raises:
        Refused: it is too short or too long.
    """
    if not PASSWORD_MIN_CHARS <= len(password) <= PASSWORD_MAX_CHARS:
        raise Refused("staff_password_weak")


def count_attempt(staff: Staff, at: datetime) -> Staff:
    """Count an attempt before the password is checked, so that concurrent attempts all count.

    Raises:
        Refused: the account is paused; `retry_after_s` has the rest of the pause.
    """
    if staff.paused_until is not None and at < staff.paused_until:
        raise Refused("staff_paused", retry_after_s=(staff.paused_until - at).total_seconds())
    if staff.attempts_left > 1:
        return replace(staff, attempts_left=staff.attempts_left - 1)
    return replace(
        staff, attempts_left=PASSWORD_ATTEMPTS, paused_until=at + timedelta(seconds=PAUSE_S)
    )


def reset_attempts(staff: Staff) -> Staff:
    """Return the account with all its attempts; used after the right password."""
    return replace(staff, attempts_left=PASSWORD_ATTEMPTS, paused_until=None)
