"""A steady load of applications, and what came of it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from libs.telemetry.tracing import Tracing
from tools.demo.measures import Measures, measure
from tools.ledger.ledger import Ledger
from tools.virtual_users.citizen import Accepted, Api, Citizen
from tools.virtual_users.wishes import Wish, all_wishes


@dataclass
class Load:
    """A citizen who applies at a steady rate until told to stop.

    Args:
        citizen: is logged in.
        ledger: what the outside world received; someone follows it.
        wishes: what the citizen is after, one after another.
        rate_per_s: applications in a second.
    """

    citizen: Citizen
    ledger: Ledger
    wishes: Sequence[Wish]
    rate_per_s: float
    made: int = 0
    accepted: list[Accepted] = field(default_factory=list)

    @classmethod
    async def begin(cls, api: Api, ledger: Ledger, rate_per_s: float) -> Self:
        """Log in, and look up what to apply for."""
        citizen = Citizen(api, ledger, Tracing("citizen"), traced=False)
        await citizen.log_in()
        return cls(citizen, ledger, await all_wishes(api), rate_per_s)

    async def run(self, stop: asyncio.Event) -> None:
        """Apply on a schedule, whether or not those before were answered."""
        due_s = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            while not stop.is_set():
                tasks.create_task(self._apply(self.wishes[self.made % len(self.wishes)]))
                self.made += 1
                due_s += 1 / self.rate_per_s
                await asyncio.sleep(due_s - time.monotonic())

    async def until_answered(self, *, within_s: float = 180.0) -> Measures:
        """Wait until everyone has the answer, or far too long; then count."""
        until_s = time.monotonic() + within_s
        while self._counted().lost and time.monotonic() < until_s:
            await asyncio.sleep(0.2)
        await asyncio.sleep(1.0)  # a double comes after what it doubles
        return self._counted()

    def _counted(self) -> Measures:
        return measure(self.made, self.accepted, self.ledger)

    async def _apply(self, wish: Wish) -> None:
        accepted = await self.citizen.apply(wish.public_service_id, wish.form, "gulshan")
        self.accepted.append(accepted)
