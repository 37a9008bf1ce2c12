"""Today's code beside the code of an earlier commit, by turns in one run.

Both platforms run all the time, each with servers of its own and the packages of this checkout.
Each turn saturates one of them and then the other with the same applications, and the first of a
turn is the second of the next. CPU seconds are compared: they depend least on who else uses the
machine. They are those of the processes that an application passes, and beside it those of all that
run: who reads along, and who waits. The load and the outside systems are no part of what is
compared.
"""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import aiohttp

from tools.bench.bench import make_load_test
from tools.bench.platform import fresh_platform
from tools.bench.stage import Stage
from tools.embedded.server import CHECKOUT
from tools.last_release import unpack
from tools.supervision.rolling import RELEASES, TODAY, Release
from tools.virtual_users.citizen import Api
from tools.virtual_users.scenarios import load_scenarios

TURNS: Final = 12  # of the busiest 20 s each, before the tokens of 15 minutes end
_PATH: Final = frozenset(
    {"gateway", "applications", "ministries", "notifications", "documents", "kafka", "postgres"}
)
_NOT_COMPARED: Final = frozenset({"load", "sandbox"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """The stages of two releases, turn by turn.

    Args:
        commit: of the earlier code.
        before: its stages.
        today: those of today's code in the same turns.
    """

    commit: str
    before: list[Stage] = field(default_factory=list)
    today: list[Stage] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Today's speed over the earlier one, by the CPU of the path: the median of the turns."""
        return median(self._ratios(_by_path))

    @property
    def all_is_well(self) -> bool:
        """Whether every click was accepted and came through exactly once."""
        stages = [*self.before, *self.today]
        return not any(stage.lost or stage.duplicates or stage.refused for stage in stages)

    def as_json(self) -> dict[str, Any]:
        """Return ratios above 1 where today's code is faster, and what each component took."""
        return {
            "against": self.commit,
            "ratio": round(self.ratio, 3),
            "ratios": self._rounded(_by_path),
            "ratios_of_all": self._rounded(_by_all),
            "ratios_by_rate": self._rounded(lambda stage: stage.per_s),
            "applications": sum(stage.accepted for stage in [*self.before, *self.today]),
            "cpu_s_per_10k": {"before": _medians(self.before), "today": _medians(self.today)},
        }

    def _ratios(self, speed: Callable[[Stage], float]) -> list[float]:
        turns = zip(self.before, self.today, strict=True)
        return sorted(speed(today) / speed(before) for before, today in turns)

    def _rounded(self, speed: Callable[[Stage], float]) -> list[float]:
        return [round(ratio, 3) for ratio in self._ratios(speed)]


def _by_path(stage: Stage) -> float:
    return stage.accepted / sum(stage.cpu_s[name] for name in stage.cpu_s.keys() & _PATH)


def _by_all(stage: Stage) -> float:
    return stage.accepted / sum(stage.cpu_s[name] for name in stage.cpu_s.keys() - _NOT_COMPARED)


def _medians(stages: Sequence[Stage]) -> dict[str, float]:
    """Return the CPU seconds of each component."""
    spent = [stage.cpu_s_per_10k() for stage in stages]
    return {name: round(median(each[name] for each in spent), 2) for name in spent[0]}


async def compare(
    commit: str,
    folder: Path,
    http: aiohttp.ClientSession,
    seconds: float,
    progress: Callable[[str], None],
) -> Comparison:
    """Measure both by turns, with the services that both have open for a system that we host.

    Args:
        commit: of the earlier code.
        folder: is emptied before and removed after.
        http: the client for everything but the clicks.
        seconds: length of a stage.
        progress: prints the progress.

    Raises:
        NotInHistory: the repository has not the commit.
        NotReady: something did not come up.
        NotServed: a citizen could not log in.
    """
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    (folder / RELEASES).mkdir(parents=True)
    found = Comparison(commit)
    before = Release("before", unpack(CHECKOUT, folder / RELEASES, commit))
    async with AsyncExitStack() as platforms:
        progress(f"starting {commit} and today's code")
        states = [
            await platforms.enter_async_context(fresh_platform(folder / release.name, release))
            for release in (before, TODAY)
        ]
        open_at = [await load_scenarios(Api(http, state.gateway)) for state in states]
        known = set.intersection(*({each.public_service_id for each in one} for one in open_at))
        measured = [[each for each in one if each.public_service_id in known] for one in open_at]
        tests = [
            await make_load_test(http, state, scenarios)
            for state, scenarios in zip(states, measured, strict=True)
        ]
        sides = [*zip(tests, (found.before, found.today), strict=True)]
        for load_test in tests:
            progress("warm-up")
            await load_test.at_saturation(seconds=seconds)
        for turn in range(TURNS):
            for load_test, stages in sides[:: -1 if turn % 2 else 1]:
                stages.append(await load_test.at_saturation(seconds=seconds))
            progress(f"turn {turn + 1} of {TURNS}: {found.ratio:.3f} of the speed so far")
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return found
