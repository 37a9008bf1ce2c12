from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.bangladesh.text import bangla_digits
from libs.errors import Refused, Unreadable
from libs.ids import new_id
from services.identity.codes.policy import code_policy
from services.identity.codes.rules import (
    CODE_DIGITS,
    LONG_CODE_DIGITS,
    LONG_CODES,
    SENT,
    Challenge,
    CodePolicy,
    Origin,
    RateLimit,
    Tally,
    Usage,
    budget_used,
    check_code,
    code_from,
    digits_needed,
    digits_to_send,
    hash_code,
    hour_of,
    is_for_accounts,
    issue_code,
    oldest_hour,
    read_code,
    refuse_to_send,
    usage_of,
    usage_of_sent,
)
from services.identity.settings import Settings
from tests.house.checking import CHECKOUT
from tests.services.identity.codes.guessing import simulate

NOW = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
POLICY = CodePolicy(
    hash_key=b"k" * 32,
    valid_s=300,
    attempts=5,
    phone_limits=(RateLimit(3, 600), RateLimit(10, 86_400)),
    phone_wrong=5,
    sent={"address": 3, "network": 6, "provider": 12, "device": 2, "platform": 100},
    wrong={"address": 2, "network": 3, "device": 2, "platform": 6},
)
ORIGIN = Origin("203.0.113.7")


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


def test_a_long_code_has_nine_digits() -> None:
    """Leading zeros are part of a code."""
    codes = [code_from(0), code_from(42), code_from(LONG_CODES - 1)]
    assert codes == ["000000000", "000000042", "999999999"]


@given(st.integers(0, LONG_CODES - 1), st.sampled_from([CODE_DIGITS, LONG_CODE_DIGITS]))
def test_usual_spellings_of_a_code_are_read(number: int, digits: int) -> None:
    """Bangla digits, blanks, hyphens and invisible marks are accepted."""
    code = code_from(number)[:digits]
    for typed in (bangla_digits(code), f" {code[:3]} {code[3:]}\u200b", f"{code[:3]}-{code[3:]}"):
        assert read_code(typed) == code


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "+12345", "1e5000"])
def test_a_malformed_code_is_explained_in_both_languages(typed: str) -> None:
    """Anything but six or nine digits gives a field error at `/code`."""
    with pytest.raises(Unreadable) as refusal:
        read_code(typed)
    (field_error,) = refusal.value.field_errors
    assert (field_error.pointer, field_error.code) == ("/code", "not_a_code")
    assert "সব সংখ্যা" in field_error.message_bn
    assert "all digits" in field_error.message_en


def used(origin: Origin, usage: Usage) -> Tally:
    """The usage after a request from there was counted."""
    tally = Tally()
    tally.count(origin, usage)
    return tally


def with_budget(codes: int) -> CodePolicy:
    """The policy with so many codes a day for all together."""
    return replace(POLICY, sent={**POLICY.sent, "platform": codes})


@pytest.mark.parametrize(
    ("limit", "neighbour", "problem"),
    [
        (3, "203.0.113.7", "codes_too_many_for_address"),
        (6, "203.0.113.8", "codes_too_many_for_address"),
        (12, "203.0.200.8", "codes_too_many_for_address"),
        (12, "203.1.113.7", ""),
    ],
)
def test_an_address_and_its_networks_get_so_many_codes(
    limit: int, neighbour: str, problem: str
) -> None:
    """At the limit an address, its /24, or its /16 waits for the next hour; others do not."""
    at, policy = NOW + timedelta(minutes=20), with_budget(1_000_000)
    tally = used(Origin("203.0.113.7"), Usage(sent=limit - 1))
    assert refuse_to_send(tally, Origin(neighbour), policy, at) is None
    tally.count(Origin("203.0.113.7"), SENT)
    refusal = refuse_to_send(tally, Origin(neighbour), policy, at)
    assert (refusal.code if refusal else "") == problem
    assert refusal is None or refusal.retry_after_s == 2400


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"), ("2001:db8:0:1::1", "2001:db8:0:2::1")],
)
def test_a_subscriber_cannot_change_its_ipv6_address(one: str, other: str) -> None:
    """Addresses of a /64 are one address, those of a /48 one network, those of a /32 a provider."""
    policy = with_budget(1_000_000)
    tally = used(Origin(one), Usage(sent=6))
    assert refuse_to_send(tally, Origin(other), policy, NOW) is not None
    assert refuse_to_send(tally, Origin("2001:db8:1::1"), policy, NOW) is None
    tally.count(Origin("2001:db8:2::1"), Usage(sent=6))
    assert refuse_to_send(tally, Origin("2001:db8:1::1"), policy, NOW) is not None
    assert refuse_to_send(tally, Origin("2001:db9::1"), policy, NOW) is None


def test_limits_of_connections_shrink_with_the_budget_that_remains() -> None:
    """With a third of it, to a third; as long as anything remains, a new network gets a code."""
    elsewhere = Origin("198.51.100.1", "d2", is_known=True)
    two_thirds = used(elsewhere, Usage(sent=53))
    assert refuse_to_send(two_thirds, ORIGIN, POLICY, NOW) is None
    two_thirds.count(ORIGIN, Usage(sent=2))
    assert refuse_to_send(two_thirds, ORIGIN, POLICY, NOW) is not None
    almost_all = used(elsewhere, Usage(sent=79))
    assert refuse_to_send(almost_all, ORIGIN, POLICY, NOW) is None


def test_the_page_on_limits_says_what_guessing_gains() -> None:
    """50 addresses guess at 10,000 phones for a day, within all that the default limits allow."""
    outcome = simulate(code_policy(Settings()), addresses=50, phones=10_000, days=1)
    guesses = f"{outcome.guesses[6]:,}; {outcome.guesses[9]:,}"
    one_in = f"1 in {1 / outcome.share_guessed:,.0f}"
    row = f"| 50 | {guesses} | {one_in} | {outcome.sent:,} | {outcome.left:,} |"
    assert row in (CHECKOUT / "docs" / "limits.md").read_text(encoding="utf-8")


def test_400_addresses_that_ask_for_codes_leave_most_of_the_budget() -> None:
    """After a day of all that the default limits allow, two thirds are there for everybody else."""
    policy = code_policy(Settings())
    outcome = simulate(policy, addresses=400, phones=10_000, days=1)
    assert outcome.sent <= 27_000
    assert outcome.left >= 53_000


def test_codes_that_are_exchanged_allow_more() -> None:
    """A mobile network in which citizens log in is not refused; one that only requests is.

    Each exchanged code allows 1.25 more, and then 8 to phones with an account.
    """
    policy = with_budget(1_000_000)
    busy = used(ORIGIN, Usage(sent=52, exchanged=40))
    assert not is_for_accounts(busy, ORIGIN, policy)
    busy.count(ORIGIN, SENT)
    assert is_for_accounts(busy, ORIGIN, policy)
    assert not is_for_accounts(busy, Origin(ORIGIN.address, "d1", is_known=True), policy)
    busy.count(ORIGIN, Usage(sent=318, to_accounts=318))
    assert refuse_to_send(busy, ORIGIN, policy, NOW) is None
    busy.count(ORIGIN, usage_of_sent(busy, ORIGIN, policy))
    assert refuse_to_send(busy, ORIGIN, policy, NOW) is not None
    tally = used(ORIGIN, Usage(sent=50, exchanged=45))
    assert refuse_to_send(tally, ORIGIN, POLICY, NOW) is None
    assert refuse_to_send(used(ORIGIN, Usage(sent=50)), ORIGIN, POLICY, NOW) is not None


@pytest.mark.parametrize(
    ("hostile_every_s", "exchanged_of_20", "sent_before", "for_any_phone"),
    [(10, 18, 0, 200), (10, 18, 40_000, 200), (86_401, 15, 0, 4_500)],
)
def test_a_stranger_behind_a_busy_address_closes_it_for_no_account(
    hostile_every_s: int, exchanged_of_20: int, sent_before: int, for_any_phone: int
) -> None:
    """Of 4,800 logins a day of accounts all get a code, at half of the budget too.

    They ask every 18 s behind one address, and exchange codes at once. A stranger asks there every
    ten seconds, or nobody does and a quarter of the codes are not exchanged.
    """
    policy = code_policy(Settings())
    tally = used(Origin("198.51.100.1", "d2", is_known=True), Usage(sent=sent_before))
    served = any_phone = 0
    for second in range(1, 86_401):
        for every_s in (hostile_every_s, 18):
            if second % every_s or refuse_to_send(tally, ORIGIN, policy, NOW):
                continue
            for_accounts = is_for_accounts(tally, ORIGIN, policy)
            tally.count(ORIGIN, usage_of_sent(tally, ORIGIN, policy))
            if every_s == 18:
                served += 1
                any_phone += not for_accounts
                if served % 20 < exchanged_of_20:
                    tally.count(ORIGIN, Usage(exchanged=1))
    assert served == 4_800
    assert any_phone >= for_any_phone


def test_the_last_codes_of_the_platform_are_for_known_devices() -> None:
    """At four fifths of the budget only phones with an account get codes on unknown devices.

    At nine tenths they wait, too; a device with a login is served to the end.
    """
    known = Origin("203.0.113.7", "d1", is_known=True)
    tally = used(Origin("198.51.100.1", "d2", is_known=True), Usage(sent=79))
    assert not is_for_accounts(tally, ORIGIN, POLICY)
    tally.count(Origin("198.51.100.1", "d2", is_known=True), SENT)
    assert refuse_to_send(tally, ORIGIN, POLICY, NOW) is None
    assert is_for_accounts(tally, ORIGIN, POLICY)
    assert not is_for_accounts(tally, known, POLICY)
    tally.count(Origin("198.51.100.1", "d2", is_known=True), Usage(sent=10))
    refusal = refuse_to_send(tally, ORIGIN, POLICY, NOW)
    assert refusal is not None
    assert refusal.code == "codes_paused"
    assert refuse_to_send(tally, known, POLICY, NOW) is None
    tally.count(Origin("198.51.100.1", "d3", is_known=True), Usage(sent=10))
    assert refuse_to_send(tally, known, POLICY, NOW) is not None


def test_a_known_device_does_not_share_its_address() -> None:
    """What strangers did from a mobile network does not touch a citizen's own device."""
    known = Origin("203.0.113.7", "d1", is_known=True)
    tally = used(ORIGIN, Usage(sent=5, wrong=10))
    assert refuse_to_send(tally, known, POLICY, NOW) is None
    assert digits_needed(tally, known, POLICY) == CODE_DIGITS


def test_a_device_has_a_limit_of_its_own() -> None:
    """A device token that is shown everywhere is counted everywhere."""
    tally = used(Origin("203.0.113.7", "d1"), Usage(sent=2))
    refusal = refuse_to_send(tally, Origin("198.51.100.1", "d1"), POLICY, NOW)
    assert refusal is not None
    assert refusal.code == "codes_too_many_for_device"


@pytest.mark.parametrize(
    ("wrong", "other", "digits"),
    [
        (1, ORIGIN, CODE_DIGITS),
        (2, ORIGIN, LONG_CODE_DIGITS),
        (2, Origin("203.0.113.8"), CODE_DIGITS),
        (3, Origin("203.0.113.8"), LONG_CODE_DIGITS),
        (3, Origin("198.51.100.1"), CODE_DIGITS),
        (9, Origin("198.51.100.1"), LONG_CODE_DIGITS),
        (9, Origin("198.51.100.1", "d1", is_known=True), CODE_DIGITS),
    ],
)
def test_wrong_codes_make_codes_longer(wrong: int, other: Origin, digits: int) -> None:
    """After so many from an address, a network, or everywhere; not for a known device."""
    assert digits_needed(used(ORIGIN, Usage(wrong=wrong)), other, POLICY) == digits


def test_mistypings_of_many_citizens_are_no_attack() -> None:
    """One wrong code in twenty that are right changes nothing."""
    usage = Usage(exchanged=1_000, wrong=51)
    assert digits_needed(used(ORIGIN, usage), ORIGIN, POLICY) == CODE_DIGITS
    assert digits_needed(used(ORIGIN, usage + Usage(wrong=1)), ORIGIN, POLICY) == LONG_CODE_DIGITS


def test_a_wrong_long_code_makes_nothing_longer() -> None:
    """It is one in a billion, and would let a stranger make all codes long."""
    refusal = Refused("code_wrong")
    assert usage_of("123456789", refusal) == Usage()
    assert usage_of("123456", refusal) == Usage(wrong=1)
    assert usage_of("123456789", None) == usage_of("123456", None) == Usage(exchanged=1)


def test_a_short_code_is_not_compared_where_long_ones_are_needed() -> None:
    """It costs no attempt, and is not accepted although it is right."""
    challenge = issued("123456")
    same, refusal = check_code(challenge, "123456", POLICY, NOW, digits=LONG_CODE_DIGITS)
    assert same is challenge
    assert refusal is not None
    assert refusal.code == "code_too_short"
    long = issued("123456789")
    assert check_code(long, "123456789", POLICY, NOW, digits=LONG_CODE_DIGITS)[1] is None


def test_a_phone_gets_long_codes_after_wrong_ones() -> None:
    """For a day, until the right code comes; its owner's device is not affected."""
    challenge = issued()
    for _ in range(POLICY.phone_wrong):
        assert digits_to_send(Tally(), ORIGIN, POLICY, challenge, NOW) == CODE_DIGITS
        challenge, _ = check_code(challenge, "654321", POLICY, NOW)
    assert digits_to_send(Tally(), ORIGIN, POLICY, challenge, NOW) == LONG_CODE_DIGITS
    known = Origin("203.0.113.7", "d1", is_known=True)
    assert digits_to_send(Tally(), known, POLICY, challenge, NOW) == CODE_DIGITS
    later = NOW + timedelta(days=1)
    assert digits_to_send(Tally(), ORIGIN, POLICY, challenge, later) == CODE_DIGITS
    right, _ = check_code(issued("123456", challenge), "123456", POLICY, NOW)
    assert digits_to_send(Tally(), ORIGIN, POLICY, right, NOW) == CODE_DIGITS


def test_strangers_cannot_lock_an_owner_out() -> None:
    """A known device gets a code although strangers have used up those of the phone."""
    challenge = new_challenge()
    for _ in range(3):
        challenge = issued("123456", challenge)
    assert isinstance(issue_code(challenge, "123456", b"salt", POLICY, NOW), Refused)
    known = issue_code(challenge, "123456", b"salt", POLICY, NOW, is_known_device=True)
    assert isinstance(known, Challenge)
    assert known.requested_at == challenge.requested_at


def test_the_hours_that_count_contain_a_whole_day() -> None:
    """No 24 hours hold more than a limit."""
    at = datetime(2026, 12, 16, 9, 59, 59, tzinfo=UTC)
    assert oldest_hour(at) <= at - timedelta(days=1)
    assert hour_of(at) == datetime(2026, 12, 16, 9, 0, tzinfo=UTC)


def test_a_budget_is_a_share_of_its_limit() -> None:
    """The wrong codes of a day are measured by the logins of the day."""
    assert budget_used(Usage(sent=50, wrong=3), POLICY) == {"sent": 0.5, "wrong": 0.5}
    assert budget_used(Usage(exchanged=80, wrong=5), POLICY) == {"sent": 0, "wrong": 0.5}


@pytest.mark.parametrize(
    ("addresses", "per_network", "days"), [(120, 1, 1), (200, 10, 1), (10, 1, 3)]
)
def test_guessing_finds_fewer_than_one_account_in_ten_million(
    addresses: int, per_network: int, days: int
) -> None:
    """With the default settings, whatever the number of addresses and their networks."""
    policy = code_policy(Settings())
    outcome = simulate(
        policy, addresses=addresses, phones=10_000, days=days, per_network=per_network
    )
    assert 0 < outcome.share_guessed < 1e-7
    networks = addresses // per_network
    most = networks * policy.sent["address"] * min(2, per_network)
    assert outcome.sent <= min(most, policy.sent["platform"]) * days


def test_equal_codes_have_different_hashes() -> None:
    """Equal codes with different salts have different hashes."""
    assert hash_code(b"key", b"one", "123456") != hash_code(b"key", b"two", "123456")
