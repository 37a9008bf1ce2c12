from datetime import UTC, datetime, timedelta

import pytest

from libs.contracts.identity import StaffRole
from libs.errors import Refused
from libs.ids import new_id
from services.identity.staff.rules import (
    Staff,
    check_account,
    check_password,
    closed_because,
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


def test_five_bad_logins_pause_an_account() -> None:
    """The pause lasts 15 minutes; after it, or after a good login, five attempts are left."""
    now = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
    staff = Staff(new_id(), "karim", "operator", None, "hash")
    for _ in range(5):
        assert closed_because(staff, now) is None
        staff = count_attempt(staff, now)
    assert closed_because(staff, now + timedelta(seconds=899)) == "paused"
    later = now + timedelta(seconds=900)
    assert closed_because(staff, later) is None
    assert count_attempt(staff, later).attempts_left == 4
    assert count_attempt(reset_attempts(staff), now).attempts_left == 4


def test_a_closed_account_says_why_in_the_journal() -> None:
    """Unknown and disabled accounts are closed to everybody."""
    now = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
    assert closed_because(None, now) == "unknown"
    disabled = Staff(new_id(), "karim", "operator", None, "hash", active=False)
    assert closed_because(disabled, now) == "disabled"
