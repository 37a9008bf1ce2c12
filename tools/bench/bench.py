"""The bench from end to end: the textbook, the platform with more and more stored, the floor."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from libs.telemetry.tracing import Tracing
from tools.bench.cost import Cost, idle_cores, processes_of
from tools.bench.desk import measure_desks
from tools.bench.floor import running_floor
from tools.bench.platform import fresh_platform
from tools.bench.profiling import profiled
from tools.bench.report import Findings, Level, machine
from tools.bench.requests import requests
from tools.bench.stage import LoadTest
from tools.bench.stored import Store
from tools.bench.textbook import measure_textbook
from tools.ledger import LedgerReader
from tools.supervision.state import State
from tools.virtual_users.citizen import Api, Citizen, NotServed, log_in_all
from tools.virtual_users.counter import Command
from tools.virtual_users.scenarios import Scenario, load_scenarios

RATES = (20, 50, 300, 500)
STORED = (0, 1_000_000, 10_000_000)
CITIZENS = 300  # with 30 requests a second each: 9,000 a second


@dataclass(frozen=True, slots=True)
class Plan:
    """The measurements that a bench makes.

    Args:
        seconds: length of a stage.
        rate: only this rate; 0 for saturation and all rates.
        stored: how many applications are stored before, level by level.
        quick: saturation only.
        references: whether the floor and the textbook pipeline are measured too.
        profile: the services of which a flame graph is recorded at saturation.
        folder: where the flame graphs are written.
    """

    seconds: float
    rate: int
    stored: Sequence[int]
    quick: bool
    references: bool
    profile: Sequence[str]
    folder: Path


async def run(
    plan: Plan,
    folder: Path,
    http: aiohttp.ClientSession,
    progress: Callable[[str], None],
    operators: Callable[[State], Command | None] = lambda _: None,
) -> Findings:
    """Measure a fresh platform, and the references in turn.

    Args:
        plan: what to measure.
        folder: is emptied before and removed after.
        http: the client for everything but the clicks.
        progress: prints the progress.
        operators: makes what runs operators' commands on a platform; without it no officers work.

    Raises:
        NotReady: something did not come up.
        NotServed: a citizen could not log in, or an officer was refused something.
    """
    findings = Findings(machine())
    progress("starting a platform")
    async with fresh_platform(folder) as state:
        scenarios = await load_scenarios(Api(http, state.gateway))
        if plan.references:
            progress("the textbook pipeline, at saturation")
            findings.textbook = await measure_textbook(folder, http, state, scenarios, plan.seconds)
        if not plan.rate:
            progress("an idle platform")
            findings.idle_cores = await idle_cores(processes_of(state), plan.seconds)
        for stored in plan.stored:
            level = await _filled(Store(state.postgres["owner_dsn"]), stored, progress)
            findings.levels.append(level)
            progress(f"{CITIZENS} citizens log in")  # for each level: a token lasts 15 minutes
            load_test = await make_load_test(http, state, scenarios)
            recording = profiled(state, plan.profile, plan.folder, plan.seconds)
            await _measure(load_test, level, plan, progress, recording)
        if not plan.rate:
            progress("officers work at the desk")
            findings.desk = await measure_desks(operators(state), http, state, scenarios)
    if plan.references:
        progress("the floor")
        async with running_floor(folder, http, scenarios) as load_test:
            findings.floor = Level(0)
            await _measure(load_test, findings.floor, plan, progress, nullcontext())
    return findings


async def _filled(store: Store, stored: int, progress: Callable[[str], None]) -> Level:
    begun_s = time.monotonic()
    await store.fill_up_to(stored, progress)
    return Level(stored, load_s=time.monotonic() - begun_s)


async def _measure(
    load_test: LoadTest,
    level: Level,
    plan: Plan,
    progress: Callable[[str], None],
    recording: AbstractAsyncContextManager[None],
) -> None:
    """Warm up, then measure saturation, the rates, and half of saturation."""
    progress("warm-up")
    await load_test.at_saturation(seconds=max(1.0, plan.seconds / 2))
    rates = [plan.rate] if plan.rate else [] if plan.quick else list(RATES)
    if not plan.rate:
        progress("saturation")
        async with recording:
            level.saturated = await load_test.at_saturation(seconds=plan.seconds)
        progress(f"{level.saturated.per_s:.0f} applications a second")
    if level.saturated and not plan.quick:
        rates.append(int(level.saturated.per_s / 2))
    for rate in rates:
        progress(f"{rate} applications a second, for {plan.seconds:g} s")
        level.at_rates[rate] = await load_test.at_rate(rate, plan.seconds)


async def make_load_test(
    http: aiohttp.ClientSession, state: State, scenarios: Sequence[Scenario]
) -> LoadTest:
    """Log the citizens in and prepare their requests.

    Raises:
        NotServed: a citizen could not log in.
    """
    api, tracing = Api(http, state.gateway), Tracing("bench")
    reader = LedgerReader(http, state.sandbox)
    await reader.skip_to_end()
    async with reader.following():
        citizens, failures = await log_in_all(
            [Citizen(api, reader, tracing, traced=False) for _ in range(CITIZENS)]
        )
    if failures:
        raise NotServed(failures[0])
    clicks = requests(
        "/v1/applications", scenarios, [citizen.authorization for citizen in citizens]
    )
    return LoadTest(state.gateway, clicks, reader, Cost(processes_of(state)))
