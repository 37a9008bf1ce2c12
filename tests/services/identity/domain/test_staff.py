from datetime import UTC, datetime, timedelta

import pytest

from libs.errors import Refused
from libs.ids import new_id
from services.identity.domain.staff import (
    Paused,
    Staff,
    StaffRole,
    check_account,
    check_password,
    logged_in,
    take_try,
)

MINISTRIES = {"ministry_of_land"}


@pytest.mark.parametrize("username", ["", "ab", "Karim", "9karim", "করিম", "a" * 41, "a b", "ab\n"])
def test_a_username_is_plain(username: str) -> None:
    """A username can be read over the phone."""
    with pytest.raises(Refused, match="staff_username_malformed"):
        check_account(username, "operator", None, MINISTRIES)


@pytest.mark.parametrize(
    ("role", "ministry"),
    [
        ("officer", None),
        ("officer", "nowhere"),
        ("operator", "ministry_of_land"),
        ("dead_letter_viewer", "ministry_of_land"),
    ],
)
def test_an_officer_has_a_ministry_and_an_operator_none(
    role: StaffRole, ministry: str | None
) -> None:
    """Each officer belongs to one ministry that exists."""
    with pytest.raises(Refused, match="staff_ministry_unknown"):
        check_account("karim", role, ministry, MINISTRIES)


def test_a_sound_account_passes() -> None:
    """An officer of a ministry and an operator may be made."""
    check_account("karim.uddin", "officer", "ministry_of_land", MINISTRIES)
    check_account("ops-1", "operator", None, MINISTRIES)


def test_a_password_is_long_enough_and_not_endless() -> None:
    """Twelve characters at least; no limit would let hashing be abused."""
    check_password("twelve chars")
    for password in ("eleven char", "x" * 201):
        with pytest.raises(Refused, match="staff_password_weak"):
            check_password(password)


def test_five_tries_pause_an_account_and_the_pause_gives_them_back() -> None:
    """Guessing stops for 15 minutes; the right password wipes the slate."""
    now = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
    staff = Staff(new_id(), "karim", "operator", None, "hash")
    for _ in range(5):
        staff = take_try(staff, now)
    with pytest.raises(Paused) as refusal:
        take_try(staff, now + timedelta(seconds=600))
    assert refusal.value.retry_after_s == 300
    assert take_try(staff, now + timedelta(seconds=900)).tries_left == 4
    assert take_try(logged_in(staff), now).tries_left == 4
