"""A steady load of applications, and what came of it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from libs.telemetry.tracing import Tracing
from tools.demo.measures import Measures, measure
from tools.ledger import LedgerReader, Received
from tools.virtual_users.citizen import Accepted, Api, Citizen
from tools.virtual_users.scenarios import Scenario, load_scenarios


@dataclass
class Load:
    """A citizen who applies at a steady rate until it is stopped.

    Args:
        citizen: is logged in.
        reader: reads the ledger; another task follows it.
        scenarios: what the citizen applies for, in turn.
        rate_per_s: applications in a second.
    """

    citizen: Citizen
    reader: LedgerReader
    scenarios: Sequence[Scenario]
    rate_per_s: float
    made: int = 0
    accepted: list[Accepted] = field(default_factory=list)

    @classmethod
    async def begin(cls, api: Api, reader: LedgerReader, rate_per_s: float) -> Self:
        """Log in, and look up what to apply for."""
        citizen = Citizen(api, reader, Tracing("citizen"), traced=False)
        await citizen.log_in()
        return cls(citizen, reader, await load_scenarios(api), rate_per_s)

    async def run(self, stop: asyncio.Event) -> None:
        """Apply on a schedule, whether or not earlier ones are answered."""
        due_s = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            while not stop.is_set():
                tasks.create_task(self._apply(self.scenarios[self.made % len(self.scenarios)]))
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

    def received(self, accepted: Accepted) -> Received:
        """Return what the outside parties received of an application."""
        return self.reader.ledger.of(accepted.application_id, accepted.tracking_number)

    def _counted(self) -> Measures:
        return measure(self.made, self.accepted, self.reader.ledger)

    async def _apply(self, scenario: Scenario) -> None:
        accepted = await self.citizen.apply(scenario.public_service_id, scenario.form)
        self.accepted.append(accepted)
