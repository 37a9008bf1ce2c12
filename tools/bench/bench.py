"""The bench from end to end: warm-up, saturation, fixed rates; with more and more stored."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tools.bench.baseline import measure_textbook
from tools.bench.cost import parts_of
from tools.bench.crowd import log_in_crowd, requests
from tools.bench.findings import Findings, Level
from tools.bench.machine import machine
from tools.bench.profiling import profiled
from tools.bench.stage import Track
from tools.bench.stored import Store
from tools.bench.witness import Witness
from tools.supervision.state import State
from tools.virtual_users.citizen import Api
from tools.virtual_users.wishes import Wish, all_wishes

RATES = (50, 500, 1_000)
STORED = (0, 1_000_000, 10_000_000)
CITIZENS = 300  # at 30 clicks a second each: 9,000 a second


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a bench is to measure.

    Args:
        seconds: length of each stage.
        rate: only this rate; 0 for saturation and all rates.
        stored: how many applications are to be stored before, level by level.
        quick: saturation only.
        textbook: whether the textbook pipeline is measured too.
        profile: the services of which a flame graph is recorded at saturation.
        folder: where the flame graphs go.
    """

    seconds: float
    rate: int
    stored: Sequence[int]
    quick: bool
    textbook: bool
    profile: Sequence[str]
    folder: Path


class Bench:
    """One bench of a running platform.

    Args:
        state: what runs where.
        folder: where it runs.
        http: the client for all but the clicks.
        say: is told what is being done, for people.
    """

    def __init__(
        self, state: State, folder: Path, http: aiohttp.ClientSession, say: Callable[[str], None]
    ) -> None:
        self._state = state
        self._folder = folder
        self._http = http
        self._say = say
        self._api = Api(http, state.gateway)

    async def run(self, wanted: Wanted) -> Findings:
        """Measure what is wanted."""
        await decide_in_the_answer(self._http, self._state.sandbox)
        wishes = await all_wishes(self._api)
        findings = Findings(machine())
        if wanted.textbook:
            self._say("the textbook pipeline, at saturation")
            findings.textbook = await measure_textbook(
                self._folder, self._http, self._state, wishes, wanted.seconds
            )
        self._say(f"{CITIZENS} citizens log in")
        track = await track_of(self._http, self._state, wishes)
        store = Store(self._state.postgres["dsn"])
        for stored in wanted.stored:
            level = Level(stored, load_s=await self._store(store, stored))
            findings.levels.append(level)
            await self._measure(track, level, wanted)
        return findings

    async def _store(self, store: Store, stored: int) -> float:
        begun_s = time.monotonic()
        await store.fill_up_to(stored, self._say)
        return time.monotonic() - begun_s

    async def _measure(self, track: Track, level: Level, wanted: Wanted) -> None:
        """Warm up, then saturation and the rates; half of saturation comes last."""
        self._say("warm-up")
        await track.saturated(seconds=max(1.0, wanted.seconds / 2))
        rates = [wanted.rate] if wanted.rate else [] if wanted.quick else list(RATES)
        if not wanted.rate:
            self._say("saturation")
            async with profiled(self._state, wanted.profile, wanted.folder, wanted.seconds):
                level.saturated = await track.saturated(seconds=wanted.seconds)
            self._say(f"{level.saturated.tally.per_s:.0f} applications a second")
        if level.saturated and not wanted.quick:
            rates.append(int(level.saturated.tally.per_s / 2))
        for rate in rates:
            self._say(f"{rate} applications a second, for {wanted.seconds:g} s")
            level.at_rates[rate] = await track.at_rate(rate, wanted.seconds)


async def decide_in_the_answer(http: aiohttp.ClientSession, sandbox: str) -> None:
    """Have ministries decide at once, so that what is measured is ours alone."""
    async with http.put(f"{sandbox}/behaviour/ministries", json={"mode": "answer"}) as answer:
        answer.raise_for_status()


async def track_of(http: aiohttp.ClientSession, state: State, wishes: Sequence[Wish]) -> Track:
    """Log the citizens in, and make ready what a stage needs.

    NotServed and NoCode come out where one is not let in.
    """
    crowd = await log_in_crowd(http, Api(http, state.gateway), state.sandbox, CITIZENS)
    witness = Witness(http, state.sandbox)
    await witness.skip_to_end()
    clicks = requests("/v1/applications", wishes, crowd)
    return Track(state.gateway, clicks, witness, parts_of(state))
