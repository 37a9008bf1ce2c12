from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.bangladesh.text import bangla_digits
from libs.errors import Refused, Unreadable
from libs.ids import new_id
from services.identity.domain.codes import (
    CODES,
    Challenge,
    CodeRules,
    Limit,
    TooMany,
    ask,
    check_address,
    code_from,
    hash_code,
    read_code,
    show,
    window_start,
)

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
KEY = b"k" * 32
RULES = CodeRules(valid_s=300, tries=5, limits=(Limit(3, 600), Limit(10, 86_400)))


def unasked() -> Challenge:
    return Challenge("+8801712345678", new_id(), b"", b"", NOW - timedelta(days=1), 0, ())


def asked(code: str = "123456", at: datetime = NOW) -> Challenge:
    return ask(unasked(), b"salt", hash_code(KEY, b"salt", code), RULES, at)


def test_the_right_code_opens_once() -> None:
    """A code is used up by its first right use."""
    used, right = show(asked(), "123456", KEY, NOW)
    assert right
    with pytest.raises(Refused, match="code_expired"):
        show(used, "123456", KEY, NOW)


def test_a_code_dies_after_five_wrong_tries() -> None:
    """The right code is worthless after five wrong ones."""
    challenge = asked()
    for _ in range(5):
        challenge, right = show(challenge, "654321", KEY, NOW)
        assert not right
    with pytest.raises(Refused, match="code_expired"):
        show(challenge, "123456", KEY, NOW)


def test_the_fifth_try_still_counts_when_it_is_right() -> None:
    """Four wrong tries leave one."""
    challenge = asked()
    for _ in range(4):
        challenge, _ = show(challenge, "654321", KEY, NOW)
    assert show(challenge, "123456", KEY, NOW)[1]


def test_a_code_lives_five_minutes() -> None:
    """A code is valid until its time is over, not at it."""
    assert show(asked(), "123456", KEY, NOW + timedelta(seconds=299))[1]
    with pytest.raises(Refused, match="code_expired"):
        show(asked(), "123456", KEY, NOW + timedelta(seconds=300))


def test_a_new_code_replaces_the_last_and_its_tries() -> None:
    """Only the newest code works, with all its tries."""
    tried, _ = show(asked("111111"), "999999", KEY, NOW)
    newer = ask(tried, b"other", hash_code(KEY, b"other", "222222"), RULES, NOW)
    assert newer.tries_left == RULES.tries
    assert not show(newer, "111111", KEY, NOW)[1]
    assert show(newer, "222222", KEY, NOW)[1]


def test_the_fourth_code_waits_until_the_first_is_ten_minutes_old() -> None:
    """A phone that asks too often is told how long to wait, and its last code stays valid."""
    challenge = unasked()
    for minute in (0, 2, 4):
        challenge = ask(challenge, b"s", b"h", RULES, NOW + timedelta(minutes=minute))
    with pytest.raises(TooMany) as refusal:
        ask(challenge, b"s", b"h", RULES, NOW + timedelta(minutes=5))
    assert refusal.value.retry_after_s == 300
    assert ask(challenge, b"s", b"h", RULES, NOW + timedelta(minutes=10)).tries_left == 5


@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=60))
def test_no_rhythm_of_asking_passes_the_limits(gaps_s: list[int]) -> None:
    """However a phone spaces its requests, no window holds more codes than its limit."""
    challenge, at, given_at = unasked(), NOW, list[datetime]()
    for gap_s in gaps_s:
        at += timedelta(seconds=gap_s)
        try:
            challenge = ask(challenge, b"s", b"h", RULES, at)
        except TooMany as refusal:
            later = at + timedelta(seconds=refusal.retry_after_s)
            challenge = ask(challenge, b"s", b"h", RULES, later)
            at = later
        given_at.append(at)
    for limit in RULES.limits:
        for moment in given_at:
            start = moment - timedelta(seconds=limit.within_s)
            assert sum(start < one <= moment for one in given_at) <= limit.most
    assert len(challenge.asked_at) <= 10


def test_every_code_has_six_digits() -> None:
    """Leading zeros are part of a code."""
    assert [code_from(0), code_from(42), code_from(CODES - 1)] == ["000000", "000042", "999999"]


@given(st.integers(0, CODES - 1))
def test_a_code_is_read_as_people_type_it(number: int) -> None:
    """Bangla digits, blanks, hyphens and invisible marks are no mistake."""
    code = code_from(number)
    for typed in (bangla_digits(code), f" {code[:3]} {code[3:]}\u200b", f"{code[:3]}-{code[3:]}"):
        assert read_code(typed) == code


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "+12345", "1e5000"])
def test_what_is_no_code_is_told_so_in_both_languages(typed: str) -> None:
    """Anything but six digits is a field_error of the field `code`."""
    with pytest.raises(Unreadable) as refusal:
        read_code(typed)
    (field_error,) = refusal.value.field_errors
    assert (field_error.pointer, field_error.code) == ("/code", "not_a_code")
    assert "৬" in field_error.message_bn
    assert "6" in field_error.message_en


def test_an_address_waits_for_the_next_window() -> None:
    """An address over its limit is told when its window ends; 0 is no limit."""
    at = window_start(NOW, 600) + timedelta(seconds=100)
    check_address(600, Limit(600, 600), at)
    check_address(10**6, Limit(0, 600), at)
    with pytest.raises(TooMany) as refusal:
        check_address(601, Limit(600, 600), at)
    assert refusal.value.retry_after_s == 500


def test_the_same_code_has_another_hash_with_another_salt() -> None:
    """Equal codes cannot be told from what is kept."""
    assert hash_code(KEY, b"one", "123456") != hash_code(KEY, b"two", "123456")
