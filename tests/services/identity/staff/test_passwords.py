import pytest
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from libs.errors import Refused
from services.identity.staff.passwords import InitialPassword, PasswordChecker, check_not_common


@pytest.mark.parametrize(
    "password",
    [
        "1234567890123",
        "qwertyuiop12",
        "Password@2024",
        "P4ssw0rd12345",
        "manchesterunited",
        "aaaaaaaaaaaaaaaa",
        "bangladesh1971",
        "nagorik.sheba",
        "karim.uddin.karim",
        "x" * 200,
    ],
)
def test_a_password_that_is_tried_first_is_refused(password: str) -> None:
    """Breached passwords, their usual variations, and the names of account and platform."""
    with pytest.raises(Refused, match="staff_password_common"):
        check_not_common(password, "karim.uddin")


@pytest.mark.parametrize("password", ["correct horse battery", "আমার সোনার বাংলা নদী", "tG7#vvQ2z!Lm"])
def test_words_that_do_not_belong_together_are_accepted(password: str) -> None:
    """No character of a kind is asked for (NIST SP 800-63B, 3.1.1.2)."""
    check_not_common(password, "karim")


async def test_an_unknown_account_costs_a_check_too() -> None:
    """Without an account a password is checked as well, and is never right."""
    assert not await PasswordChecker().is_right(None, "correct horse battery")


async def test_a_hash_costs_what_the_rfc_recommends() -> None:
    """Of a password that a person chose, and of an initial one."""
    checker = PasswordChecker()
    chosen = await checker.hash_new("correct horse battery", "karim")
    for one in (chosen, (await checker.new_initial()).hash, InitialPassword.new().hash):
        assert extract_parameters(one) == RFC_9106_LOW_MEMORY
