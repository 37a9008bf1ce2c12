"""Officers, operators and viewers: who they are and which accounts may be made."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from libs.errors import Refused

StaffRole = Literal["officer", "operator", "dead_letter_viewer"]

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 200
PASSWORD_TRIES: Final = 5
PAUSE_S: Final = 900
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,39}")


@dataclass(frozen=True, slots=True, repr=False)
class Staff:
    """An officer of a ministry, or one of the platform's own staff.

    Args:
        staff_id: the `sub` of their tokens.
        username: what they log in with.
        role: decides what they may do.
        ministry: the officer's; the others have none.
        password_hash: Argon2id.
        active: whether they may log in.
        tries_left: wrong passwords until the account pauses.
        paused_until: no password is tried before this moment.
    """

    staff_id: UUID
    username: str
    role: StaffRole
    ministry: str | None
    password_hash: str
    active: bool = True
    tries_left: int = PASSWORD_TRIES
    paused_until: datetime | None = None


class Paused(Refused):
    """Too many wrong passwords.

    Args:
        retry_after_s: seconds until the next one may be tried.
    """

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("staff_paused")
        self.retry_after_s = retry_after_s


def check_account(
    username: str, role: StaffRole, ministry: str | None, ministries: Collection[str]
) -> None:
    """Let an account be made.

    Raises:
        Refused: the username is malformed, or the ministry is missing, unknown or out of place.
    """
    if not _USERNAME.fullmatch(username):
        raise Refused("staff_username_malformed")
    if role == "officer" and ministry not in ministries:
        raise Refused("staff_ministry_unknown")
    if role != "officer" and ministry is not None:
        raise Refused("staff_ministry_unknown", f"a {role} belongs to no ministry")


def check_password(password: str) -> None:
    """Let a password be set.

    Raises:
        Refused: it is too short or too long.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Refused("staff_password_weak")


def take_try(staff: Staff, at: datetime) -> Staff:
    """Count a try before its password is checked, so that tries at the same moment all count.

    Raises:
        Paused: the account has had too many wrong passwords.
    """
    if staff.paused_until is not None and at < staff.paused_until:
        raise Paused(max(1, -(-(staff.paused_until - at) // timedelta(seconds=1))))
    if staff.tries_left > 1:
        return replace(staff, tries_left=staff.tries_left - 1)
    return replace(staff, tries_left=PASSWORD_TRIES, paused_until=at + timedelta(seconds=PAUSE_S))


def logged_in(staff: Staff) -> Staff:
    """Give an account its tries back after the right password."""
    return replace(staff, tries_left=PASSWORD_TRIES, paused_until=None)
