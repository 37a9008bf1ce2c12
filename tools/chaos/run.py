"""Citizens apply while something happens to the platform; then all sides are compared."""

import asyncio
import time
from collections import Counter as Counts
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import aiohttp

from libs.errors import Unavailable
from libs.messaging.kafka.broker import client_options
from tools.chaos import checks
from tools.chaos.application_checks import CHECKS
from tools.chaos.applications import Finding, observe
from tools.chaos.clicks import Click
from tools.chaos.evidence import Auditor, Backlog, Evidence
from tools.chaos.inspector import TopicInspector
from tools.chaos.journeys import Journeys, read_journeys
from tools.chaos.sandbox_faults import SandboxFaults
from tools.chaos.virtual_users import VirtualUsers
from tools.ledger import LedgerReader, Row
from tools.supervision.state import State
from tools.virtual_users.citizen import Api, NotServed
from tools.virtual_users.counter import Command, Counter, open_counters, staff_of
from tools.virtual_users.officers import AT_DESKS, Officers
from tools.virtual_users.scenarios import load_scenarios

_DRAIN_TIMEOUT_S = 300.0
_CORRECTION_TIMEOUT_S = 45.0  # with no other backlog; a later correction request never comes
_EVIDENCE_TIMEOUT_S = 900.0
_POLL_S = 1.0
_WAIT_FOR_DUPLICATES_S = 3.0
_UNREACHABLE = (aiohttp.ClientError, TimeoutError, OSError, Unavailable)


@dataclass(frozen=True, slots=True)
class Observation:
    """The result of a run.

    Args:
        clicks: of the citizens.
        evidence: of all sides.
        problems: failures that citizens met on the way, with how often.
    """

    clicks: Sequence[Click]
    evidence: Evidence
    problems: Mapping[str, int]

    @property
    def accepted(self) -> int:
        """How many applications have a tracking number."""
        return sum(bool(click.tracking_number) for click in self.clicks)

    @property
    def at_desk(self) -> Mapping[str, int]:
        """How many applications officers who work here have decided, and how many are lost."""
        received = self.evidence.ledger
        decided = [
            received.of(click.application_id, click.tracking_number).is_decided_at_a_desk
            for click in self.clicks
        ]
        observed = observe(self.clicks, self.evidence)
        lost = [
            any(wrong == "lost" for check in CHECKS for wrong, _ in check(application))
            for application in observed
            if application.is_at_desk
        ]
        return {"decided": sum(decided), "lost": sum(lost)}

    @property
    def helped(self) -> int:
        """How many of the citizens consented to help at a service centre."""
        return sum(bool(click.mandate_id) for click in self.clicks)

    def findings(self) -> list[Finding]:
        """Return everything that is wrong."""
        return checks.examine(self.clicks, self.evidence)


class Run:
    """One run on a platform.

    Args:
        state: where the platform is.
        http: the client.
        seed: determines what citizens do.
        rate_per_s: how many citizens apply in a second.
        progress: prints the progress.
        run: runs a command for operators, with which the uddoktas of two centres are created;
            without it nobody is helped at a centre.
        at_desks: whether officers work here on the services of `DESKS`; they need `run`.
    """

    def __init__(  # noqa: PLR0913
        self,
        state: State,
        http: aiohttp.ClientSession,
        *,
        seed: int,
        rate_per_s: float,
        progress: Callable[[str], None],
        run: Command | None = None,
        at_desks: bool = False,
    ) -> None:
        self.progress = progress
        self.sandbox = SandboxFaults(http, state.sandbox)
        self.inspector = TopicInspector(
            client_options(state.kafka["bootstrap"], state.kafka["security"])
        )
        self._seed = seed
        self._rate_per_s = rate_per_s
        self._command = run
        self._at_desks = at_desks and run is not None
        self._by_officers: list[tuple[str, Sequence[Row]]] = []
        self._api = Api(http, state.gateway)
        self._reader = LedgerReader(http, state.sandbox)
        self.auditor = Auditor(self.inspector, self._reader, state.postgres["dsn"])

    async def observe(
        self, happen: Callable[[VirtualUsers], Awaitable[None]], *, decision_delay_ms: int = 300
    ) -> Observation:
        """Log citizens in, let it happen, wait until all work is done, and read the evidence.

        Args:
            happen: lets citizens apply, and returns when it has happened.
            decision_delay_ms: until a ministry decides that does not decide at once.
        """
        await self.sandbox.begin(decision_delay_ms=decision_delay_ms)
        await self.auditor.begin()
        scenarios = await load_scenarios(self._api)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            officers = await self._open_desks()
            counters = await self._open_counters()
            logins = [tasks.create_task(counter.stay_logged_in()) for counter in counters]
            users = VirtualUsers(
                self._api,
                self._reader,
                scenarios,
                tasks,
                counters=counters,
                desks=AT_DESKS if officers else frozenset(),
                seed=self._seed,
                rate_per_s=self._rate_per_s,
            )
            tasks.create_task(self._reader.follow(stop, users.on_decision))
            if officers is not None:
                tasks.create_task(officers.work(stop, self._note))
            self.progress("citizens log in")
            await users.log_in()
            await happen(users)
            evidence = await self._settle(users, officers)
            users.stop()
            stop.set()
            for login in logins:
                login.cancel()
        await self.sandbox.end()
        problems = [*users.problems, *(officers.problems if officers else ())]
        return Observation(users.clicks, evidence, Counts(problems))

    def _note(self, kind: str, rows: Sequence[Row]) -> None:
        """Keep what officers saw: the sandbox has no rows of theirs."""
        self._by_officers.append((kind, rows))

    async def _open_desks(self) -> Officers | None:
        """Have officers work here from today on, on some services."""
        if self._command is None or not self._at_desks:
            return None
        self.auditor.has_officers = True
        return await Officers.opened(self._api, self._command)

    async def _open_counters(self) -> list[Counter]:
        """Let an uddokta begin to work at each of the centres that run."""
        return [] if self._command is None else await open_counters(self._api, self._command)

    async def _settle(self, users: VirtualUsers, officers: Officers | None) -> Evidence:
        """Wait, for a limited time, until no work is left; then read everything."""
        self.progress("clicks without an answer are repeated")
        await users.repeat_unanswered()
        self.progress("waiting until nothing is left to do")
        backlog = await self._until_done(users, officers)
        self.progress("reading the evidence")
        evidence = await self._gather(users)
        evidence.backlog = backlog
        for kind, rows in self._by_officers:
            evidence.ledger.add(kind, rows)
        if self._command is not None:
            self.progress("reading where every application was")
            evidence.journeys = await self._read_journeys(self._command, users)
        if self._command is not None and officers is not None:
            command = ["admin", "cases", "compare-histories"]
            printed = await asyncio.to_thread(self._command, command)
            evidence.histories = printed.splitlines()
        return evidence

    async def _gather(self, users: VirtualUsers) -> Evidence:
        """Read everything; start again while something is unreachable."""
        async with asyncio.timeout(_EVIDENCE_TIMEOUT_S):
            while True:
                try:
                    return await self.auditor.gather(users.clicks)
                except _UNREACHABLE:
                    await asyncio.sleep(_POLL_S)

    async def _read_journeys(self, command: Command, users: VirtualUsers) -> Journeys:
        """Have somebody of the helpline look up every application; none if nobody can log in."""
        try:
            helpline = await staff_of("helpline", self._api, command)
        except NotServed as failure:
            users.problems.append(str(failure))
            return {}
        return await read_journeys(helpline, users.clicks)

    async def _until_done(self, users: VirtualUsers, officers: Officers | None) -> Backlog:
        """Wait until the backlog is empty twice in a row: one check may fall between two steps."""
        until_s = time.monotonic() + _DRAIN_TIMEOUT_S
        backlog, done_before, shown = Backlog({}), False, ""
        empty_since_s = time.monotonic()
        while time.monotonic() < until_s:
            try:
                backlog = await self.auditor.backlog()
            except _UNREACHABLE:
                await asyncio.sleep(_POLL_S)
                continue
            if backlog.total:
                empty_since_s = time.monotonic()
            given_up = time.monotonic() - empty_since_s > _CORRECTION_TIMEOUT_S
            is_waiting = users.is_correcting or (officers is not None and officers.is_unsure)
            done = backlog.total == 0 and (given_up or not is_waiting)
            if done and done_before:
                break
            done_before = done
            if backlog.describe() != shown:
                shown = backlog.describe()
                self.progress(f"          {shown}")
            await asyncio.sleep(_WAIT_FOR_DUPLICATES_S if done else _POLL_S)
        return backlog
