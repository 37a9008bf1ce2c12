"""A run of chaos from the first login to the last check."""

import asyncio
import collections
import time
from collections.abc import Callable
from itertools import cycle

import aiohttp

from libs.errors import Unavailable
from libs.messaging.kafka.broker import client_options
from tools.chaos import checks
from tools.chaos.evidence import Auditor, Backlog, Evidence
from tools.chaos.injector import FaultInjector
from tools.chaos.inspector import TopicInspector
from tools.chaos.recovery import recoveries
from tools.chaos.report import Result
from tools.chaos.sandbox_faults import SandboxFaults
from tools.chaos.schedule import BROKER, DATABASE, plan_faults
from tools.chaos.virtual_users import VirtualUsers
from tools.ledger import LedgerReader
from tools.supervision.supervisor import Supervisor
from tools.virtual_users.citizen import Api
from tools.virtual_users.counter import CENTRES, Command, Counter
from tools.virtual_users.scenarios import load_scenarios

_DRAIN_TIMEOUT_S = 300.0
_CORRECTION_TIMEOUT_S = 45.0  # with no other backlog; a later correction request never comes
_EVIDENCE_TIMEOUT_S = 900.0
_POLL_S = 1.0
_WAIT_FOR_DUPLICATES_S = 3.0
_UNREACHABLE = (aiohttp.ClientError, TimeoutError, OSError, Unavailable)


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
        run: runs a command for operators, with which the uddoktas of two centres are created;
            without it nobody is helped at a centre.
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
        state = supervisor.state()
        self._http = http
        self._seed = seed
        self._minutes = minutes
        self._rate_per_s = rate_per_s
        self._progress = progress
        self._command = run
        self._platform = SupervisedPlatform(supervisor)
        self._api = Api(http, state.gateway)
        self._sandbox = SandboxFaults(http, state.sandbox)
        self._reader = LedgerReader(http, state.sandbox)
        self._inspector = TopicInspector(
            client_options(state.kafka["bootstrap"], state.kafka["security"])
        )
        self._auditor = Auditor(self._inspector, self._reader, state.postgres["dsn"])

    async def run(self) -> Result:
        """Break everything while citizens apply, wait until all work is done, and check."""
        await self._sandbox.begin()
        await self._auditor.begin()
        scenarios = await load_scenarios(self._api)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            counters = await self._open_counters()
            logins = [tasks.create_task(counter.stay_logged_in()) for counter in counters]
            users = VirtualUsers(
                self._api,
                self._reader,
                scenarios,
                tasks,
                counters=counters,
                seed=self._seed,
                rate_per_s=self._rate_per_s,
            )
            tasks.create_task(self._reader.follow(stop, users.on_decision))
            injector = await self._break(users)
            evidence = await self._settle(users)
            users.stop()
            stop.set()
            for login in logins:
                login.cancel()
        await self._sandbox.end()
        accepted = sum(bool(click.tracking_number) for click in users.clicks)
        return Result(
            seed=self._seed,
            faults=collections.Counter(injection.fault.name for injection in injector.injected),
            accepted=accepted,
            helped=sum(bool(click.mandate_id) for click in users.clicks),
            found=checks.examine(users.clicks, evidence),
            recoveries=recoveries(injector.injected, users.clicks, evidence.ledger),
            load_per_s=accepted / (self._minutes * 60),
            problems=collections.Counter(users.problems),
        )

    async def _open_counters(self) -> list[Counter]:
        """Let an uddokta begin to work at each of the centres that run."""
        if self._command is None:
            return []
        return [await Counter.opened(self._api, centre, self._command) for centre in CENTRES]

    async def _break(self, users: VirtualUsers) -> FaultInjector:
        """Inject all faults while citizens apply."""
        self._progress("citizens log in")
        await users.log_in()
        injector = FaultInjector(
            self._platform,
            self._sandbox,
            self._inspector,
            self._http,
            since=self._auditor.since,
            progress=self._progress,
        )
        self._progress("citizens apply, and faults are injected")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(users.click(self._minutes * 60))
            tasks.create_task(injector.run(plan_faults(self._seed, minutes=self._minutes)))
        return injector

    async def _settle(self, users: VirtualUsers) -> Evidence:
        """Wait, for a limited time, until no work is left; then read everything."""
        self._progress("no more faults; clicks without an answer are repeated")
        await users.repeat_unanswered()
        self._progress("waiting until nothing is left to do")
        backlog = await self._until_done(users)
        self._progress("reading the evidence")
        evidence = await self._gather(users)
        evidence.backlog = backlog
        return evidence

    async def _gather(self, users: VirtualUsers) -> Evidence:
        """Read everything; start again while something is unreachable."""
        async with asyncio.timeout(_EVIDENCE_TIMEOUT_S):
            while True:
                try:
                    return await self._auditor.gather(users.clicks)
                except _UNREACHABLE:
                    await asyncio.sleep(_POLL_S)

    async def _until_done(self, users: VirtualUsers) -> Backlog:
        """Wait until the backlog is empty twice in a row: one check may fall between two steps."""
        until_s = time.monotonic() + _DRAIN_TIMEOUT_S
        backlog, done_before, shown = Backlog({}), False, ""
        empty_since_s = time.monotonic()
        while time.monotonic() < until_s:
            try:
                backlog = await self._auditor.backlog()
            except _UNREACHABLE:
                await asyncio.sleep(_POLL_S)
                continue
            if backlog.total:
                empty_since_s = time.monotonic()
            given_up = time.monotonic() - empty_since_s > _CORRECTION_TIMEOUT_S
            done = backlog.total == 0 and (given_up or not users.is_correcting)
            if done and done_before:
                break
            done_before = done
            if backlog.describe() != shown:
                shown = backlog.describe()
                self._progress(f"          {shown}")
            await asyncio.sleep(_WAIT_FOR_DUPLICATES_S if done else _POLL_S)
        return backlog
