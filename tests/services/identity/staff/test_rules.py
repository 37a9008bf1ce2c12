from datetime import UTC, datetime, timedelta

import pytest

from libs.errors import Refused
from libs.ids import new_id
from services.identity.staff.rules import (
    Staff,
    StaffRole,
    check_account,
    check_password,
    count_attempt,
    reset_attempts,
)

MINISTRIES = {"ministry_of_land"}


@pytest.mark.parametrize("username", ["", "ab", "Karim", "9karim", "করিম", "a" * 41, "a b", "ab\n"])
def test_a_malformed_username_is_refused(username: str) -> None:
    """A username has 3 to 40 plain characters and begins with a letter."""
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
    """An officer has an existing ministry; other roles have none."""
    with pytest.raises(Refused, match="staff_ministry_unknown"):
        check_account("karim", role, ministry, MINISTRIES)


def test_a_valid_account_is_accepted() -> None:
    """Accounts of officers and operators may be created."""
    check_account("karim.uddin", "officer", "ministry_of_land", MINISTRIES)
    check_account("ops-1", "operator", None, MINISTRIES)


def test_a_password_has_a_minimum_and_a_maximum_length() -> None:
    """A password has 12 to 200 characters."""
    check_password("twelve chars")
    for password in ("eleven char", "x" * 201):
        with pytest.raises(Refused, match="staff_password_weak"):
            check_password(password)


def test_five_wrong_passwords_pause_an_account() -> None:
    """The pause lasts 15 minutes; after it, or after a right password, five attempts are left."""
    now = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
    staff = Staff(new_id(), "karim", "operator", None, "hash")
    for _ in range(5):
        staff = count_attempt(staff, now)
    with pytest.raises(Refused, match="staff_paused") as refusal:
        count_attempt(staff, now + timedelta(seconds=600))
    assert refusal.value.retry_after_s == 300
    assert count_attempt(staff, now + timedelta(seconds=900)).attempts_left == 4
    assert count_attempt(reset_attempts(staff), now).attempts_left == 4
