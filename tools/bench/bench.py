"""The bench from end to end: warm-up, saturation, fixed rates; with more and more stored."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from libs.telemetry.tracing import Tracing
from tools.bench.cost import processes_of
from tools.bench.profiling import profiled
from tools.bench.report import Findings, Level, machine
from tools.bench.requests import requests
from tools.bench.stage import LoadTest
from tools.bench.stored import Store
from tools.bench.textbook import measure_textbook
from tools.ledger import LedgerReader
from tools.supervision.state import State
from tools.virtual_users.citizen import Api, Citizen, NotServed, log_in_all
from tools.virtual_users.scenarios import Scenario, load_scenarios

RATES = (50, 500, 1_000)
STORED = (0, 1_000_000, 10_000_000)
CITIZENS = 300  # with 30 requests a second each: 9,000 a second


@dataclass(frozen=True, slots=True)
class Plan:
    """What a bench measures.

    Args:
        seconds: length of a stage.
        rate: only this rate; 0 for saturation and all rates.
        stored: how many applications are stored before, level by level.
        quick: saturation only.
        textbook: whether the textbook pipeline is measured too.
        profile: the services of which a flame graph is recorded at saturation.
        folder: where the flame graphs are written.
    """

    seconds: float
    rate: int
    stored: Sequence[int]
    quick: bool
    textbook: bool
    profile: Sequence[str]
    folder: Path


async def run(
    plan: Plan,
    state: State,
    folder: Path,
    http: aiohttp.ClientSession,
    progress: Callable[[str], None],
) -> Findings:
    """Measure a running platform.

    Args:
        plan: what to measure.
        state: what runs where.
        folder: where the platform runs.
        http: the client for everything but the clicks.
        progress: prints the progress.

    Raises:
        NotServed: a citizen could not log in.
    """
    await decide_at_once(http, state.sandbox)
    scenarios = await load_scenarios(Api(http, state.gateway))
    findings = Findings(machine())
    if plan.textbook:
        progress("the textbook pipeline, at saturation")
        findings.textbook = await measure_textbook(folder, http, state, scenarios, plan.seconds)
    store = Store(state.postgres["owner_dsn"])
    for stored in plan.stored:
        begun_s = time.monotonic()
        await store.fill_up_to(stored, progress)
        level = Level(stored, load_s=time.monotonic() - begun_s)
        findings.levels.append(level)
        progress(f"{CITIZENS} citizens log in")  # for each level: a token lasts 15 minutes at most
        load_test = await make_load_test(http, state, scenarios)
        await _measure(load_test, level, plan, state, progress)
    return findings


async def _measure(
    load_test: LoadTest, level: Level, plan: Plan, state: State, progress: Callable[[str], None]
) -> None:
    """Warm up, then measure saturation, the rates, and half of saturation."""
    progress("warm-up")
    await load_test.at_saturation(seconds=max(1.0, plan.seconds / 2))
    rates = [plan.rate] if plan.rate else [] if plan.quick else list(RATES)
    if not plan.rate:
        progress("saturation")
        async with profiled(state, plan.profile, plan.folder, plan.seconds):
            level.saturated = await load_test.at_saturation(seconds=plan.seconds)
        progress(f"{level.saturated.per_s:.0f} applications a second")
    if level.saturated and not plan.quick:
        rates.append(int(level.saturated.per_s / 2))
    for rate in rates:
        progress(f"{rate} applications a second, for {plan.seconds:g} s")
        level.at_rates[rate] = await load_test.at_rate(rate, plan.seconds)


async def decide_at_once(http: aiohttp.ClientSession, sandbox: str) -> None:
    """Have ministries decide in their response, so that only our own time is measured."""
    async with http.put(f"{sandbox}/behaviour/ministries", json={"mode": "answer"}) as response:
        response.raise_for_status()


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
    clicks = requests("/v1/applications", scenarios, [one.authorization for one in citizens])
    return LoadTest(state.gateway, clicks, reader, processes_of(state))
