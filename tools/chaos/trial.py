"""A run of chaos from the first login to the last check."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from itertools import cycle

import aiohttp
from aiohttp import ClientError

from libs.errors import Unavailable
from libs.messaging.broker import client_options
from libs.messaging.outsider import Outsider
from tools.chaos import checks
from tools.chaos.breaking import Breaking
from tools.chaos.crowd import Crowd
from tools.chaos.evidence import Auditor, Evidence, Waiting
from tools.chaos.mischief import Mischief
from tools.chaos.recovery import recoveries
from tools.chaos.report import Result
from tools.chaos.schedule import BROKER, DATABASE, plan_faults
from tools.chaos.witness import Witness
from tools.supervision.supervisor import Supervisor
from tools.virtual_users.citizen import Api
from tools.virtual_users.wishes import all_wishes

_QUIET_WITHIN_S = 300.0
_CORRECTED_WITHIN_S = 45.0  # all else being quiet; what is asked for later never comes
_READ_WITHIN_S = 900.0
_LOOK_EVERY_S = 1.0
_AFTERMATH_S = 3.0  # a double comes after what it doubles
_AWAY = (ClientError, TimeoutError, OSError, Unavailable)


class Running:
    """The supervised platform as what breaks it needs it."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._brokers = cycle(supervisor.state().kafka["pids"])
        self.add_replica = supervisor.add_replica
        self.remove_replica = supervisor.remove_replica
        self._supervisor = supervisor

    def pid_of(self, target: str) -> int | None:
        """The process number of a service, of a broker or of `postgres`; None while it is down.

        Of several brokers it is another one every time.
        """
        state = self._supervisor.state()
        pid: int | None
        if target == BROKER:
            pid = state.kafka["pids"][next(self._brokers)]
        else:
            pid = {DATABASE: state.postgres, **state.services}[target]["pid"]
        return pid


class Chaos:
    """One run on a supervised platform.

    Args:
        supervisor: what is broken; it starts again what dies.
        http: the client.
        seed: what the run is made from.
        minutes: for how long citizens come and things break.
        rate_per_s: how many citizens apply in a second.
        say: is told what happens, for people.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        http: aiohttp.ClientSession,
        *,
        seed: int,
        minutes: float,
        rate_per_s: float,
        say: Callable[[str], None],
    ) -> None:
        state = supervisor.state()
        self._http = http
        self._seed = seed
        self._minutes = minutes
        self._rate_per_s = rate_per_s
        self._say = say
        self._platform = Running(supervisor)
        self._api = Api(http, state.gateway)
        self._mischief = Mischief(http, state.sandbox)
        self._witness = Witness(http, state.sandbox)
        self._outsider = Outsider(client_options(state.kafka["bootstrap"], state.kafka["security"]))
        self._auditor = Auditor(self._outsider, self._witness, state.postgres["dsn"])

    async def run(self) -> Result:
        """Break everything while citizens work, wait for quiet, and look at what became of them."""
        await self._mischief.behave()
        await self._witness.begin()
        await self._auditor.begin()
        wishes = await all_wishes(self._api)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            crowd = Crowd(
                self._api,
                self._witness,
                wishes,
                tasks,
                seed=self._seed,
                rate_per_s=self._rate_per_s,
            )
            tasks.create_task(self._witness.follow(stop, crowd.asked))
            breaking = await self._day(crowd)
            evidence = await self._evening(crowd)
            crowd.go_home()
            stop.set()
        await self._mischief.end()
        accepted = sum(bool(click.tracking_number) for click in crowd.clicks)
        return Result(
            seed=self._seed,
            faults=Counter(one.fault.name for one in breaking.done),
            accepted=accepted,
            found=checks.examine(crowd.clicks, evidence),
            recoveries=recoveries(breaking.done, crowd.clicks, evidence.books),
            load_per_s=accepted / (self._minutes * 60),
            troubles=Counter(crowd.troubles),
        )

    async def _day(self, crowd: Crowd) -> Breaking:
        """Citizens work and everything breaks; at its end nothing new comes, and nothing breaks."""
        self._say("citizens log in")
        await crowd.arrive()
        breaking = Breaking(
            self._platform,
            self._mischief,
            self._outsider,
            self._http,
            since=self._auditor.since,
            say=self._say,
        )
        self._say("citizens apply, and everything breaks")
        async with asyncio.TaskGroup() as both:
            both.create_task(crowd.work(self._minutes * 60))
            both.create_task(breaking.follow(plan_faults(self._seed, minutes=self._minutes)))
        return breaking

    async def _evening(self, crowd: Crowd) -> Evidence:
        """Wait for quiet, a bounded time, and read everything."""
        self._say("nothing breaks any more; who has no answer clicks again")
        await crowd.click_again()
        self._say("waiting for quiet")
        waiting = await self._until_quiet(crowd)
        self._say("reading what everybody has seen")
        evidence = await self._gathered(crowd)
        evidence.waiting = waiting
        return evidence

    async def _gathered(self, crowd: Crowd) -> Evidence:
        """Read everything; again where somebody did not answer, who may just have come up."""
        async with asyncio.timeout(_READ_WITHIN_S):
            while True:
                try:
                    return await self._auditor.gather(crowd.clicks)
                except _AWAY:
                    await asyncio.sleep(_LOOK_EVERY_S)

    async def _until_quiet(self, crowd: Crowd) -> Waiting:
        """Wait until nothing waits any more, twice in a row: the first look may fall in between."""
        until_s = time.monotonic() + _QUIET_WITHIN_S
        waiting, quiet_before, said = Waiting({}), False, ""
        idle_since_s = time.monotonic()
        while time.monotonic() < until_s:
            try:
                waiting = await self._auditor.waiting()
            except _AWAY:
                await asyncio.sleep(_LOOK_EVERY_S)
                continue
            if waiting.total:
                idle_since_s = time.monotonic()
            given_up = time.monotonic() - idle_since_s > _CORRECTED_WITHIN_S
            quiet = waiting.total == 0 and (crowd.nobody_corrects or given_up)
            if quiet and quiet_before:
                break
            quiet_before = quiet
            if waiting.told() != said:
                said = waiting.told()
                self._say(f"          {said}")
            await asyncio.sleep(_AFTERMATH_S if quiet else _LOOK_EVERY_S)
        return waiting
