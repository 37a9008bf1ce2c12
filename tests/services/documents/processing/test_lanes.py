"""Who finds a place for files while others send files that take long; no time passes really."""

import asyncio
import selectors
from collections import Counter
from functools import partial
from uuid import UUID

import pytest
from typing_extensions import override

from libs.errors import Unavailable
from libs.ids import new_id
from libs.turns import Turns
from services.documents.processing.lanes import Lanes

WAIT_S = 10.0
LONG_S = 19.0
PHOTO_S = 1.0
OTHERS = 3 * 1800


class NoWait(selectors.SelectSelector):
    """Returns at once, and adds up how long it should have waited."""

    passed_s = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.passed_s += timeout or 0.0
        return super().select(0)


class Fast(asyncio.SelectorEventLoop):
    """A loop whose clock is always at its next timer."""

    def __init__(self) -> None:
        self.no_wait = NoWait()
        super().__init__(self.no_wait)

    @override
    def time(self) -> float:
        return self.no_wait.passed_s


class Intake:
    """The turns and the places of a process of documents; instead of opening a file it sleeps."""

    def __init__(self) -> None:
        self.turns = Turns(WAIT_S)
        self.lanes = Lanes(2, wait_s=WAIT_S)
        self.answers: Counter[str] = Counter()
        self.is_over = False

    async def give(self, person_id: UUID, seconds: float) -> str:
        """Give a file that takes so long to open; say what became of it."""
        try:
            async with self.turns.of(person_id):
                await self.lanes.run(person_id, partial(asyncio.sleep, seconds))
        except Unavailable:
            return "refused"
        return "taken"

    async def count(self, whose: str, person_id: UUID, seconds: float) -> None:
        """Give a file, and count what became of it."""
        self.answers[f"{whose} {await self.give(person_id, seconds)}"] += 1

    async def attack(self) -> None:
        """Give one long file after the other, until it is over."""
        person_id = new_id()
        while not self.is_over:
            await self.count("long", person_id, LONG_S)
            await asyncio.sleep(0.1)


async def attacked(accounts: int) -> Counter[str]:
    """For three hours somebody new gives a photo every 2 s, and once an uddokta 40 of them."""
    intake = Intake()
    uddokta = new_id()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(accounts):
            tasks.create_task(intake.attack())
        for number in range(OTHERS):
            await asyncio.sleep(2)
            tasks.create_task(intake.count("others", new_id(), PHOTO_S))
            if number < 40:
                tasks.create_task(intake.count("uddokta", uddokta, PHOTO_S))
        intake.is_over = True
    return intake.answers


@pytest.mark.parametrize("accounts", [1, 2, 4])
def test_long_files_leave_a_place_for_the_others(accounts: int) -> None:
    """Of accounts that give files of 19 s one is served at a time, and all others, for hours."""
    with asyncio.Runner(loop_factory=Fast) as runner:
        answers = runner.run(attacked(accounts))
    assert answers["others taken"] == OTHERS
    assert answers["uddokta taken"] == 40
    assert answers["others refused"] + answers["uddokta refused"] == 0
    assert answers["long taken"] > 0


@pytest.mark.parametrize(
    ("earlier", "answer"), [([3.0] * 19, "taken"), ([3.0] * 20, "refused"), ([5.0], "refused")]
)
def test_who_gave_long_files_waits_for_the_others_of_them(
    earlier: list[float], answer: str
) -> None:
    """A file of over four seconds, or a minute of them, counts for an hour."""

    async def given() -> list[str]:
        intake = Intake()
        person_id = new_id()
        for seconds in earlier:
            assert await intake.give(person_id, seconds) == "taken"
        answers = []
        for pause_s in (0, 3600):
            await asyncio.sleep(pause_s)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(intake.give(new_id(), 40.0))
                await asyncio.sleep(5)
                answers.append(await intake.give(person_id, PHOTO_S))
        return answers

    with asyncio.Runner(loop_factory=Fast) as runner:
        assert runner.run(given()) == [answer, "taken"]
