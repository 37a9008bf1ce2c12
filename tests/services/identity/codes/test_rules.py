from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.bangladesh.text import bangla_digits
from libs.errors import Refused, Unreadable
from libs.ids import new_id
from services.identity.codes.rules import (
    CODES,
    Challenge,
    CodePolicy,
    RateLimit,
    check_addresses,
    check_code,
    code_from,
    hash_code,
    issue_code,
    read_code,
    window_start,
)

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
POLICY = CodePolicy(
    hash_key=b"k" * 32,
    valid_s=300,
    attempts=5,
    phone_limits=(RateLimit(3, 600), RateLimit(10, 86_400)),
    address_limit=RateLimit(5, 600),
)


def new_challenge() -> Challenge:
    return Challenge("+8801712345678", new_id(), b"", b"", NOW - timedelta(days=1), 0, ())


def issued(
    code: str = "123456", challenge: Challenge | None = None, at: datetime = NOW
) -> Challenge:
    result = issue_code(challenge or new_challenge(), code, code.encode(), POLICY, at)
    assert isinstance(result, Challenge)
    return result


def refusal_of(challenge: Challenge, code: str, at: datetime = NOW) -> str:
    """The problem of an attempt; empty if the code is right."""
    _, refusal = check_code(challenge, code, POLICY, at)
    return refusal.code if refusal else ""


def test_the_right_code_is_used_up() -> None:
    """A code is accepted once."""
    used, refusal = check_code(issued(), "123456", POLICY, NOW)
    assert refusal is None
    assert refusal_of(used, "123456") == "code_expired"


def test_five_wrong_attempts_use_up_a_code() -> None:
    """The right code is accepted at the fifth attempt, and refused after five wrong ones."""
    challenge = issued()
    for _ in range(4):
        assert refusal_of(challenge, "654321") == "code_wrong"
        challenge, _ = check_code(challenge, "654321", POLICY, NOW)
    assert refusal_of(challenge, "123456") == ""
    assert refusal_of(challenge, "654321") == "code_expired"
    challenge, _ = check_code(challenge, "654321", POLICY, NOW)
    assert refusal_of(challenge, "123456") == "code_expired"


def test_a_code_is_valid_for_five_minutes() -> None:
    """A code is valid before its expiry, and invalid from then on."""
    assert refusal_of(issued(), "123456", NOW + timedelta(seconds=299)) == ""
    assert refusal_of(issued(), "123456", NOW + timedelta(seconds=300)) == "code_expired"


def test_a_new_code_replaces_the_last_one_and_its_attempts() -> None:
    """Only the newest code is accepted, and it has all its attempts."""
    challenge, _ = check_code(issued("111111"), "999999", POLICY, NOW)
    newer = issued("222222", challenge)
    assert newer.attempts_left == POLICY.attempts
    assert refusal_of(newer, "111111") == "code_wrong"
    assert refusal_of(newer, "222222") == ""


def test_the_fourth_code_has_to_wait_until_the_first_is_ten_minutes_old() -> None:
    """A phone over its limit is refused, with the seconds to wait."""
    challenge = new_challenge()
    for minute in (0, 2, 4):
        challenge = issued("123456", challenge, NOW + timedelta(minutes=minute))
    refusal = issue_code(challenge, "123456", b"salt", POLICY, NOW + timedelta(minutes=5))
    assert isinstance(refusal, Refused)
    assert refusal.retry_after_s == 300
    issued("123456", challenge, NOW + timedelta(minutes=10))


@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=60))
def test_no_spacing_of_requests_exceeds_the_limits(gaps_s: list[int]) -> None:
    """No window holds more codes than its limit; after Retry-After a code is issued."""
    challenge, at, issued_at = new_challenge(), NOW, list[datetime]()
    for gap_s in gaps_s:
        at += timedelta(seconds=gap_s)
        result = issue_code(challenge, "123456", b"salt", POLICY, at)
        if isinstance(result, Refused):
            at += timedelta(seconds=result.retry_after_s or 0)
        challenge = issued("123456", challenge, at)
        issued_at.append(at)
    for limit in POLICY.phone_limits:
        for moment in issued_at:
            start = moment - timedelta(seconds=limit.window_s)
            assert sum(start < other <= moment for other in issued_at) <= limit.count
    assert len(challenge.requested_at) <= 10


def test_a_code_has_six_digits() -> None:
    """Leading zeros are part of a code."""
    assert [code_from(0), code_from(42), code_from(CODES - 1)] == ["000000", "000042", "999999"]


@given(st.integers(0, CODES - 1))
def test_usual_spellings_of_a_code_are_read(number: int) -> None:
    """Bangla digits, blanks, hyphens and invisible marks are accepted."""
    code = code_from(number)
    for typed in (bangla_digits(code), f" {code[:3]} {code[3:]}\u200b", f"{code[:3]}-{code[3:]}"):
        assert read_code(typed) == code


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "+12345", "1e5000"])
def test_a_malformed_code_is_explained_in_both_languages(typed: str) -> None:
    """Anything but six digits gives a field error at `/code`."""
    with pytest.raises(Unreadable) as refusal:
        read_code(typed)
    (field_error,) = refusal.value.field_errors
    assert (field_error.pointer, field_error.code) == ("/code", "not_a_code")
    assert "৬" in field_error.message_bn
    assert "6" in field_error.message_en


def test_requests_over_the_limit_of_an_address_are_refused() -> None:
    """Only the requests over the limit are refused, with the seconds to the next window."""
    at = window_start(NOW, 600) + timedelta(seconds=100)
    refusals = check_addresses(["a", "a", "b", "a"], {"a": 6, "b": 1}, RateLimit(5, 600), at)
    assert refusals[:3] == [None] * 3
    assert refusals[3] is not None
    assert refusals[3].retry_after_s == 500


def test_a_limit_of_zero_is_no_limit() -> None:
    """A count of 0 switches the limit per address off."""
    assert check_addresses(["a"], {"a": 10**6}, RateLimit(0, 600), NOW) == [None]


def test_equal_codes_have_different_hashes() -> None:
    """Equal codes with different salts have different hashes."""
    assert hash_code(b"key", b"one", "123456") != hash_code(b"key", b"two", "123456")
