from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from services.identity.second_factors.totp import matching_step, new_secret, setup_address

# RFC 6238, appendix B: the secret "12345678901234567890", the last six digits of its table.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """The vectors of RFC 6238 are accepted."""
    assert matching_step(SECRET, code, at(seconds), 0) == seconds // 30


def test_a_clock_may_differ_by_one_step() -> None:
    """A code is accepted half a minute early or late, and not later."""
    for seconds, known in ((-60, False), (-30, True), (30, True), (60, False)):
        found = matching_step(SECRET, "005924", at(1234567890) + timedelta(seconds=seconds), 0)
        assert (found is not None) is known


def test_a_code_is_used_once() -> None:
    """A step that was used, and those before it, are worth nothing."""
    step = 1234567890 // 30
    for last_step, known in ((step - 1, True), (step, False), (step + 1, False)):
        found = matching_step(SECRET, "005924", at(1234567890), last_step)
        assert (found is not None) is known


@pytest.mark.parametrize("typed", ["০০৫৯২৪", "005 924", " 005924 "])
def test_a_code_may_be_typed_in_any_spelling(typed: str) -> None:
    """Bangla digits and blanks do not matter."""
    assert matching_step(SECRET, typed, at(1234567890), 0)


@pytest.mark.parametrize("typed", ["", "5924", "005925", "কোড", "0059240"])
def test_anything_else_is_wrong(typed: str) -> None:
    """Other text is no code."""
    assert matching_step(SECRET, typed, at(1234567890), 0) is None


def test_an_app_is_set_up_with_the_address() -> None:
    """The address has the secret, the platform and the account."""
    secret = new_secret()
    address = urlsplit(setup_address(secret, "karim"))
    assert (address.scheme, address.netloc, len(secret)) == ("otpauth", "totp", 32)
    assert address.path == "/Nagorik%20Sheba:karim"
    assert parse_qs(address.query)["secret"] == [secret]
