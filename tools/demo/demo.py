"""The demo: citizens log in and apply, and every application is followed to its decision."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, get_args

import aiohttp

from libs.contracts.mandates import ConsentKind
from libs.grievances import GRIEVANCE
from libs.telemetry.tracing import Tracing
from services.registry import SERVICES
from tools.demo.measures import Measures, measure
from tools.demo.traces import Trace, fetch_trace
from tools.ledger import LedgerReader, NoCode
from tools.virtual_users.citizen import (
    Accepted,
    Api,
    Citizen,
    NotServed,
    log_in_all,
)
from tools.virtual_users.counter import AssistedCitizen, Command, Counter, open_counters
from tools.virtual_users.officers import AT_DESKS, Officers
from tools.virtual_users.portal import PortalCitizen
from tools.virtual_users.scenarios import Scenario, load_grievance, load_scenarios

_AT_THE_PORTAL_ONE_IN = 5
_AT_A_CENTRE_ONE_IN = 7
_CONSENTS: Final[Sequence[ConsentKind]] = get_args(ConsentKind)
_TRACED_ONE_IN = 2 * _AT_THE_PORTAL_ONE_IN  # so that a trace begins at the portal
_GRIEVES = 2
"""The number of the citizen who sends a grievance, with a phone of her own."""
_PAUSE_AFTER_LOGIN_S = 1.0
_NO_PROGRESS_S = 120.0
_WAIT_FOR_DUPLICATES_S = 1.0
_TRACES_TRIED = 25
_EXPORT_TIMEOUT_S = 10.0
# A citizen with a phone needs nobody's help, the ministry has a system, and figures are for others.
_OF_A_CITIZEN = frozenset(SERVICES) - {"desk", "cases", "issuance", "programme"}


@dataclass(slots=True)
class Progress:
    """The progress of a demo."""

    applications: int
    accepted: list[Accepted] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Found:
    """The counts of a demo, and the trace of one application."""

    measures: Measures
    trace: Trace
    refused: Sequence[str]

    @property
    def all_is_well(self) -> bool:
        """Whether nothing is lost or doubled, and a trace goes through every citizens' service."""
        return self.measures.nothing_lost_or_doubled and self.trace.is_whole(_OF_A_CITIZEN)

    @property
    def problems(self) -> Sequence[str]:
        """What is not well, in words; empty if all is."""
        counts = self.measures
        counted = {
            "not accepted": counts.applications - counts.accepted,
            "lost": counts.lost,
            "papers lost": counts.papers_lost,
            "papers not printed at a centre": counts.issued_lost,
            "doubled at a ministry": counts.duplicates_ministry,
            "doubled as an SMS": counts.duplicates_sms,
            "services that the trace does not show": len(_OF_A_CITIZEN - set(self.trace.services)),
            "spans of the trace without their parent": self.trace.orphans,
        }
        return [f"{what}: {count}" for what, count in counted.items() if count]


class Demo:
    """One demo against a running platform.

    Args:
        http: the client.
        gateway: base URL of the public API.
        portal: base URL of the citizens' pages, which one citizen in five uses; empty if there
            are none.
        sandbox: base URL of the sandbox.
        applications: how many citizens apply.
        rate_per_s: how many apply in a second.
        run: runs a command for operators, with which the uddoktas of two centres and the officers
            of two offices are created; without it nobody is helped at a centre, and ministries'
            systems decide all.
    """

    def __init__(  # noqa: PLR0913
        self,
        http: aiohttp.ClientSession,
        *,
        gateway: str,
        portal: str,
        sandbox: str,
        applications: int,
        rate_per_s: float,
        run: Command | None = None,
    ) -> None:
        self.progress = Progress(applications)
        self._reader = LedgerReader(http, sandbox)
        self._http = http
        self._portal = portal
        self._sandbox = sandbox
        self._api = Api(http, gateway)
        self._rate_per_s = rate_per_s
        self._run = run
        self._counters: list[Counter] = []
        self._officers: Officers | None = None
        self._told: set[str] = set()
        self._to_print: dict[str, Counter] = {}
        self._printed: set[str] = set()
        self._tracing = Tracing("citizen", endpoint=f"{sandbox}/v1/traces")

    async def run(self, show: Callable[[Measures], None]) -> Found:
        """Run to the end.

        Args:
            show: called with the counts several times a second.
        """
        await self._reader.skip_to_end()
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._reader.follow(stop))
            tasks.create_task(self._show(show, stop))
            await self._open_counters()
            tasks.create_task(self._tell(stop))
            if self._officers is not None:
                tasks.create_task(self._officers.work(stop, self._reader.ledger.add))
            citizens, failures = await log_in_all(
                [self._citizen(number) for number in range(self.progress.applications)]
            )
            self.progress.refused += failures
            await asyncio.sleep(_PAUSE_AFTER_LOGIN_S)
            await self._apply(citizens)
            if self._officers is not None:
                tasks.create_task(self._officers.close())
            await self._until_answered()
            await asyncio.sleep(_WAIT_FOR_DUPLICATES_S)
            stop.set()
        if self._officers is not None:
            self.progress.refused += self._officers.problems
        await asyncio.to_thread(self._tracing.close)
        return Found(self._measures(), await self._best_trace(), self.progress.refused)

    async def _open_counters(self) -> None:
        """Let an uddokta begin to work at each of the centres that run, and officers at desks."""
        if self._run is None:
            return
        self._officers, self._counters = await asyncio.gather(
            Officers.opened(self._api, self._run, grievances=True),
            open_counters(self._api, self._run),
        )

    async def _tell(self, stop: asyncio.Event) -> None:
        """Let uddoktas tell citizens without a phone the ministries' news, and print papers."""
        while not stop.is_set():
            for counter in self._counters:
                with suppress(NotServed):
                    self._told |= await counter.tell()
            for number, counter in list(self._to_print.items()):
                with suppress(NotServed):
                    if printed := await counter.print_papers(number):
                        self._printed |= printed
                        del self._to_print[number]
            await asyncio.sleep(_PAUSE_AFTER_LOGIN_S)

    def _citizen(self, number: int) -> Citizen:
        traced = number % _TRACED_ONE_IN == 0
        if self._portal and number % _AT_THE_PORTAL_ONE_IN == 0:
            return PortalCitizen(
                self._api, self._portal, self._reader, self._tracing, traced=traced
            )
        if self._counters and number % _AT_A_CENTRE_ONE_IN == 1:
            counter = self._counters[number % len(self._counters)]
            return AssistedCitizen(
                self._api,
                counter,
                self._reader,
                self._tracing,
                traced=False,
                kind=_CONSENTS[number // _AT_A_CENTRE_ONE_IN % len(_CONSENTS)],
                officer=self._officers.witness if self._officers is not None else None,
            )
        return Citizen(self._api, self._reader, self._tracing, traced=traced)

    def _measures(self) -> Measures:
        accepted, ledger = self.progress.accepted, self._reader.ledger
        found = measure(self.progress.applications, accepted, ledger, self._told)
        return replace(found, issued=len(self._printed), issued_lost=len(self._to_print))

    async def _apply(self, citizens: Sequence[Citizen]) -> None:
        """Have citizens apply on a schedule, whether or not earlier ones are answered.

        The first two fifths come at a third of the rate, as a day begins, and warm everything up;
        times are measured on the others who use the API.
        """
        scenarios = await load_scenarios(self._api)
        first = len(citizens) * 2 // 5
        desks = AT_DESKS if self._officers is not None else frozenset()
        grievance = await load_grievance(self._api) if desks else None
        of_desks = [each for each in scenarios if each.public_service_id in desks]
        kinds: set[ConsentKind] = set()  # the first of each kind needs a paper of a desk
        due_s = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number, citizen in enumerate(citizens):
                await asyncio.sleep(due_s - time.monotonic())
                due_s += (3 if number < first else 1) / self._rate_per_s
                scenario = scenarios[number % len(scenarios)]
                if isinstance(citizen, AssistedCitizen) and desks and citizen.kind not in kinds:
                    scenario = of_desks[len(kinds) % len(of_desks)]
                    kinds.add(citizen.kind)
                elif number == _GRIEVES and grievance is not None:
                    scenario = grievance
                at_desk = scenario.public_service_id in {*desks, GRIEVANCE}
                timed = number >= first and type(citizen) is Citizen and not at_desk
                tasks.create_task(self._apply_one(citizen, scenario, timed=timed, at_desk=at_desk))

    async def _apply_one(
        self, citizen: Citizen, scenario: Scenario, *, timed: bool, at_desk: bool
    ) -> None:
        try:
            if citizen.traced:  # so that the trace goes through the catalogue
                await citizen.find(scenario.public_service_id, scenario.name)
            accepted = await citizen.apply(scenario.public_service_id, scenario.form)
        except (NotServed, NoCode) as failure:
            self.progress.refused.append(str(failure))
            return
        if at_desk and isinstance(citizen, AssistedCitizen):
            self._to_print[accepted.tracking_number] = citizen.counter
        self.progress.accepted.append(replace(accepted, timed=timed, at_desk=at_desk))

    async def _until_answered(self) -> None:
        """Wait until all are answered and printed, or nothing has changed for two minutes."""
        before, changed_s = self._measures(), time.monotonic()
        while (before.lost or before.issued_lost) and time.monotonic() - changed_s < _NO_PROGRESS_S:
            await asyncio.sleep(0.2)
            now = self._measures()
            if now != before:
                before, changed_s = now, time.monotonic()

    async def _show(self, show: Callable[[Measures], None], stop: asyncio.Event) -> None:
        while not stop.is_set():
            show(self._measures())
            await asyncio.sleep(0.5)
        show(self._measures())

    async def _best_trace(self) -> Trace:
        """Return the most complete trace; after a run in which processes died some have gaps."""
        best = Trace("", [])
        traced = [click.trace_id for click in self.progress.accepted if click.trace_id]
        until_s = time.monotonic() + _EXPORT_TIMEOUT_S
        while traced and time.monotonic() < until_s:
            for trace_id in traced[:_TRACES_TRIED]:
                trace = await fetch_trace(self._http, self._sandbox, trace_id)
                best = max(best, trace, key=_completeness)
                if best.is_whole(_OF_A_CITIZEN):
                    return best
            await asyncio.sleep(0.3)
        return best


def _completeness(trace: Trace) -> tuple[int, int, int]:
    return len(_OF_A_CITIZEN & set(trace.services)), -trace.orphans, len(trace.spans)
