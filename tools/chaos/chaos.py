"""A run of chaos from the first login to the last check."""

import asyncio
import collections
from collections.abc import Callable
from itertools import cycle

import aiohttp

from tools.chaos.injector import FaultInjector, Injected
from tools.chaos.recovery import recoveries
from tools.chaos.report import Result
from tools.chaos.run import Run
from tools.chaos.schedule import BROKER, DATABASE, plan_faults
from tools.chaos.virtual_users import VirtualUsers
from tools.supervision.supervisor import Supervisor
from tools.virtual_users.counter import Command


class SupervisedPlatform:
    """The supervised platform as the fault injector needs it."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._brokers = cycle(supervisor.state().kafka["pids"])
        self.add_replica = supervisor.add_replica
        self.remove_replica = supervisor.remove_replica
        self._supervisor = supervisor

    def pid_of(self, target: str) -> int | None:
        """Return the pid of a service, an opener, a broker or `postgres`; None while it is down.

        Of several brokers it is another one every time.
        """
        state = self._supervisor.state()
        pid: int | None
        if target == BROKER:
            pid = state.kafka["pids"][next(self._brokers)]
        else:
            pid = {DATABASE: state.postgres, **state.services, **state.openers}[target]["pid"]
        return pid


class Chaos:
    """One run on a supervised platform.

    Args:
        supervisor: of the platform; it restarts what dies.
        http: the client.
        seed: determines the faults and what citizens do.
        minutes: for how long citizens apply and faults are injected.
        rate_per_s: how many citizens apply in a second.
        progress: prints the progress.
        run: runs a command for operators, with which the uddoktas of two centres and the
            officers of two offices are created; without it there are none.
    """

    def __init__(  # noqa: PLR0913
        self,
        supervisor: Supervisor,
        http: aiohttp.ClientSession,
        *,
        seed: int,
        minutes: float,
        rate_per_s: float,
        progress: Callable[[str], None],
        run: Command | None = None,
    ) -> None:
        self._http = http
        self._seed = seed
        self._minutes = minutes
        self._platform = SupervisedPlatform(supervisor)
        self._run = Run(
            supervisor.state(),
            http,
            seed=seed,
            rate_per_s=rate_per_s,
            progress=progress,
            run=run,
            at_desks=True,
        )
        self._injected: list[Injected] = []

    async def run(self) -> Result:
        """Break everything while citizens apply, wait until all work is done, and check."""
        observed = await self._run.observe(self._break)
        return Result(
            seed=self._seed,
            faults=collections.Counter(injection.fault.name for injection in self._injected),
            accepted=observed.accepted,
            helped=observed.helped,
            found=observed.findings(),
            recoveries=recoveries(self._injected, observed.clicks, observed.evidence.ledger),
            load_per_s=observed.accepted / (self._minutes * 60),
            problems=observed.problems,
            journeys=len(observed.evidence.journeys),
            desk=observed.at_desk,
        )

    async def _break(self, users: VirtualUsers) -> None:
        """Inject all faults while citizens apply."""
        injector = FaultInjector(
            self._platform,
            self._run.sandbox,
            self._run.inspector,
            self._http,
            since=self._run.auditor.since,
            progress=self._run.progress,
        )
        self._injected = injector.injected
        self._run.progress("citizens apply, and faults are injected")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(users.click(self._minutes * 60))
            tasks.create_task(injector.run(plan_faults(self._seed, minutes=self._minutes)))
        self._run.progress("no more faults")
