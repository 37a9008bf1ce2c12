import asyncio
from threading import Event
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from typing_extensions import override

from libs.errors import Refused
from libs.ids import new_id
from services.identity.staff.passwords import InitialPassword, PasswordChecker, check_not_common
from services.identity.staff.rules import Staff
from tests.waiting import PATIENCE_S


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


class Gate(PasswordHasher):
    """Checks passwords when the test lets it, and counts the checks that have begun."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.opened, self.begun = Event(), 0

    @override
    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.begun += 1
        self.opened.wait(PATIENCE_S)
        return True

    async def until_begun(self, checks: int) -> None:
        """Wait until so many checks have begun."""
        async with asyncio.timeout(PATIENCE_S):
            while self.begun < checks:
                await asyncio.sleep(0.005)


async def test_threads_that_nobody_waits_for_keep_their_places() -> None:
    """A check beyond the places is refused in time, and abandoned ones let no other begin."""
    gate = Gate()
    checker = PasswordChecker(gate, wait_s=0.01)
    staff = Staff(new_id(), "karim", (), None, "")
    async with asyncio.TaskGroup() as tasks:
        first = [tasks.create_task(checker.is_right(staff, "x")) for _ in range(2)]
        await gate.until_begun(2)
        with pytest.raises(Refused, match="staff_logins_busy") as refused:
            await checker.is_right(staff, "x")
        assert refused.value.retry_after_s
        for check in first:
            check.cancel()
        await asyncio.wait(first)
        with pytest.raises(Refused, match="staff_logins_busy"):
            await checker.is_right(staff, "x")
        gate.opened.set()
    assert gate.begun == 2
    assert await PasswordChecker(gate).is_right(staff, "x")


async def test_a_hash_costs_what_the_rfc_recommends() -> None:
    """Of a password that a person chose, and of an initial one."""
    checker = PasswordChecker()
    chosen = await checker.hash_new("correct horse battery", "karim")
    for one in (chosen, (await checker.new_initial()).hash, InitialPassword.new().hash):
        assert extract_parameters(one) == RFC_9106_LOW_MEMORY
