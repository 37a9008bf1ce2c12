"""The demo: citizens log in, apply from the pilot centres, and are followed to their answer."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import aiohttp

from libs.telemetry.tracing import Tracing
from services.registry import SERVICES
from tools.demo.measures import Measures, measure
from tools.demo.traces import Trace, fetch_trace
from tools.ledger.ledger import Ledger
from tools.ledger.phones import NoCode
from tools.virtual_users.citizen import SERVICE_CENTRES, Accepted, Api, Citizen, NotServed
from tools.virtual_users.wishes import Wish, all_wishes

_LOGINS_AT_ONCE = 16
_TRACED_ONE_IN = 10
_BEFORE_THE_FIRST_S = 1.0
_QUIET_S = 120.0
_AFTERMATH_S = 1.0  # a double comes after what it doubles
_TRACES_LOOKED_AT = 25
_EXPORT_WITHIN_S = 10.0
_ALL_SERVICES = frozenset(SERVICES)


@dataclass(slots=True)
class Progress:
    """How far a demo is; read by the live display."""

    applications: int
    logged_in: int = 0
    applied: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a citizen is after, from which service centre.

    Some look the service up first, the others have its page before them. Times count once the
    full rate is reached.
    """

    wish: Wish
    centre: str
    looks_around: bool
    timed: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a demo found: the counts, and the trace of one application."""

    measures: Measures
    trace: Trace
    refused: Sequence[str]

    @property
    def all_is_well(self) -> bool:
        """Nothing lost, nothing doubled, and one trace through every service without a gap."""
        return self.measures.nothing_lost_or_doubled and self.trace.is_whole(SERVICES)


class Demo:
    """One demo against a running platform.

    Args:
        http: the client.
        gateway: base URL of the API service.
        sandbox: base URL of the sandbox.
        applications: how many citizens apply.
        rate_per_s: how many apply in a second.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        gateway: str,
        sandbox: str,
        applications: int,
        rate_per_s: float,
    ) -> None:
        self.progress = Progress(applications)
        self.ledger = Ledger(http, sandbox)
        self._http = http
        self._sandbox = sandbox
        self._api = Api(http, gateway)
        self._rate_per_s = rate_per_s
        self._tracing = Tracing("citizen", endpoint=f"{sandbox}/v1/traces")

    async def run(self, show: Callable[[Measures], None]) -> Found:
        """Run to the end.

        Args:
            show: is given the counts several times a second.
        """
        await self.ledger.skip_to_end()
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.ledger.follow(stop))
            tasks.create_task(self._show(show, stop))
            citizens = await self._log_in()
            await asyncio.sleep(_BEFORE_THE_FIRST_S)
            await self._apply(citizens)
            await self._until_quiet()
            await asyncio.sleep(_AFTERMATH_S)
            stop.set()
        await asyncio.to_thread(self._tracing.close)
        return Found(self.measures(), await self._best_trace(), self.progress.refused)

    def measures(self) -> Measures:
        """The counts as they stand."""
        return measure(self.progress.applications, self.progress.accepted, self.ledger)

    async def _log_in(self) -> list[Citizen]:
        places = asyncio.Semaphore(_LOGINS_AT_ONCE)
        citizens: list[Citizen] = []

        async def one(number: int) -> None:
            async with places:
                traced = number % _TRACED_ONE_IN == 0
                citizen = Citizen(self._api, self.ledger, self._tracing, traced=traced)
                try:
                    await citizen.log_in()
                except (NotServed, NoCode) as failure:
                    self.progress.refused.append(str(failure))
                    return
                citizens.append(citizen)
                self.progress.logged_in += 1

        async with asyncio.TaskGroup() as tasks:
            for number in range(self.progress.applications):
                tasks.create_task(one(number))
        return citizens

    async def _apply(self, citizens: Sequence[Citizen]) -> None:
        """Have citizens apply on a schedule, whether or not those before them were answered.

        The first two fifths come at a third of the rate, as a day begins, and warm everything up;
        times are measured on the others.
        """
        wishes = await all_wishes(self._api)
        first = len(citizens) * 2 // 5
        due_s = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number, citizen in enumerate(citizens):
                await asyncio.sleep(due_s - time.monotonic())
                due_s += (3 if number < first else 1) / self._rate_per_s
                visit = Visit(
                    wish=wishes[number % len(wishes)],
                    centre=SERVICE_CENTRES[number % len(SERVICE_CENTRES)],
                    looks_around=citizen.traced,
                    timed=number >= first,
                )
                tasks.create_task(self._apply_one(citizen, visit))

    async def _apply_one(self, citizen: Citizen, visit: Visit) -> None:
        wish = visit.wish
        try:
            if visit.looks_around:
                await citizen.find(wish.public_service_id, wish.name)
            accepted = await citizen.apply(wish.public_service_id, wish.form, visit.centre)
        except NotServed as failure:
            self.progress.refused.append(str(failure))
            return
        self.progress.accepted.append(replace(accepted, timed=visit.timed))

    async def _until_quiet(self) -> None:
        """Wait until everything has arrived, or nothing has moved for two minutes."""
        before, moved_s = self.measures(), time.monotonic()
        while before.lost and time.monotonic() - moved_s < _QUIET_S:
            await asyncio.sleep(0.1)
            now = self.measures()
            if now != before:
                before, moved_s = now, time.monotonic()

    async def _show(self, show: Callable[[Measures], None], stop: asyncio.Event) -> None:
        while not stop.is_set():
            show(self.measures())
            await asyncio.sleep(0.5)
        show(self.measures())

    async def _best_trace(self) -> Trace:
        """The trace of one application; of a run in which processes died, a whole one if any."""
        best = Trace("", [])
        traced = [each for each in self.progress.accepted if each.trace_id]
        until_s = time.monotonic() + _EXPORT_WITHIN_S
        while traced and time.monotonic() < until_s:
            for accepted in traced[:_TRACES_LOOKED_AT]:
                trace = await self._trace(accepted.trace_id)
                best = max(best, trace, key=_wholeness)
                if best.is_whole(SERVICES):
                    return best
            await asyncio.sleep(0.3)
        return best

    async def _trace(self, trace_id: str) -> Trace:
        """A trace, or what is known of it while the sandbox is away: nothing."""
        try:
            return await fetch_trace(self._http, self._sandbox, trace_id)
        except (aiohttp.ClientError, TimeoutError):
            return Trace(trace_id, [])


def _wholeness(trace: Trace) -> tuple[int, int, int]:
    return len(_ALL_SERVICES & set(trace.services)), -trace.orphans, len(trace.spans)
