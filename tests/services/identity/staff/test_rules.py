from datetime import UTC, datetime, timedelta

import pytest

from libs.addresses import UNKNOWN
from libs.contracts.problems import PROBLEMS
from libs.errors import Refused
from libs.ids import new_id
from services.identity.codes.rules import Origin
from services.identity.staff.rules import (
    Scope,
    Source,
    Staff,
    WrongLogins,
    check_account,
    check_password,
    closed_because,
    count_login,
    forgotten_at,
    sources_of,
    take_back,
    wait_s,
)

MINISTRIES = {"ministry_of_land"}
NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
NONE = WrongLogins(0.0, NOW)


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
def test_an_officer_has_a_ministry_and_an_operator_none(role: str, ministry: str | None) -> None:
    """An officer has an existing ministry; other roles have none."""
    with pytest.raises(Refused, match="staff_ministry_unknown"):
        check_account("karim", role, ministry, MINISTRIES)


@pytest.mark.parametrize("username", ["abc", "karim-2", "karim.uddin", "ops_1", "a" * 40, "a--"])
def test_all_that_the_hint_allows_is_accepted(username: str) -> None:
    """The hint at the field is the text of the refusal, which names all that a username may be."""
    hint = PROBLEMS["staff_username_malformed"].detail.en
    for named in ("3 to 40", "letters", "digits", "dots", "hyphens", "underscores", "beginning"):
        assert named in hint
    check_account(username, "operator", None, MINISTRIES)


def test_a_valid_account_is_accepted() -> None:
    """Accounts of officers and operators may be created."""
    check_account("karim", "officer", "ministry_of_land", MINISTRIES)
    check_account("karim", "operator", None, MINISTRIES)


def test_a_password_has_a_minimum_and_a_maximum_length() -> None:
    """A password has 12 to 200 characters."""
    check_password("twelve chars")
    for password in ("eleven char", "x" * 201):
        with pytest.raises(Refused, match="staff_password_weak"):
            check_password(password)


def waits_s(scope: Scope, logins: int) -> list[float]:
    """How long each of some wrong logins has to wait, if each comes as soon as it may."""
    source, wrong, at, waits = Source(scope, "x"), NONE, NOW, list[float]()
    for _ in range(logins):
        waits.append(round(wait_s(source, wrong, at)))
        at += timedelta(seconds=wait_s(source, wrong, at))
        wrong = count_login(source, wrong, at)
    return waits


def test_wrong_logins_of_a_person_delay_more_and_more() -> None:
    """Five are free; then a pause doubles up to 15 minutes."""
    waits = waits_s("person", 500)
    assert waits[:11] == [0] * 5 + [15, 30, 60, 120, 240, 480]
    assert 480 <= min(waits[11:]) <= max(waits[11:]) == 900


@pytest.mark.parametrize(
    ("scope", "free", "then_s"), [("name", 20, 180), ("address", 100, 36), ("network", 200, 18)]
)
def test_wrong_logins_that_many_share_come_at_a_rate(
    scope: Scope, free: int, then_s: float
) -> None:
    """A burst, and then a steady rate: of a name 480 a day, of an address 100 an hour."""
    assert waits_s(scope, free + 3) == [0] * free + [then_s] * 3


def test_wrong_logins_are_forgotten_with_time_or_by_a_right_one() -> None:
    """A right login forgets a person's; of what others share it takes its own count back."""
    person, name = Source("person", "x"), Source("name", "x")
    wrong = NONE
    for _ in range(5):
        wrong = count_login(person, wrong, NOW)
    assert forgotten_at(person, wrong) == NOW + timedelta(seconds=5 * 900)
    assert wait_s(person, wrong, NOW) == 15
    assert wait_s(person, wrong, forgotten_at(person, wrong)) == 0
    assert take_back(person, wrong, NOW).level == 0
    assert take_back(name, wrong, NOW).level == 4


@pytest.mark.parametrize(
    ("origin", "known_network", "scopes"),
    [
        (Origin("203.0.113.7"), False, ["person", "name", "address", "network"]),
        (Origin("203.0.113.7", "device"), False, ["person", "name", "address", "network"]),
        (Origin("203.0.113.7"), True, ["person"]),
        (Origin(UNKNOWN), True, ["person", "name", "address", "network"]),
        (Origin("203.0.113.7", "device", is_known=True), False, ["person"]),
    ],
)
def test_strangers_do_not_share_the_delay_of_a_known_person(
    origin: Origin, known_network: bool, scopes: list[str]
) -> None:
    """On a device or a network with a login of this name only the name's logins there count."""
    found = sources_of("karim", origin, known_network=known_network)
    assert [source.scope for source in found] == scopes
    assert found[0] != sources_of("rahima", origin, known_network=known_network)[0]


def test_a_closed_account_says_why_in_the_journal() -> None:
    """Unknown and disabled accounts are closed to everybody."""
    assert closed_because(None, NOW) == "unknown"
    disabled = Staff(new_id(), "karim", (), None, "hash", active=False)
    assert closed_because(disabled, NOW) == "disabled"
