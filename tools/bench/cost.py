"""What each part of the platform costs: CPU seconds and memory of its processes.

A part is a process with all its children, PostgreSQL with its backends for one. The times of
children that ended are those that their parent has inherited, so none are lost. Memory is the
proportional share (PSS): what several processes share counts once, not once for each.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import psutil

from tools.supervision.state import State

_SAMPLE_EVERY_S = 2.0
_MIB = 1024 * 1024


def parts_of(state: State) -> dict[str, Sequence[int]]:
    """The first processes of each part of a platform that runs here, and of the load: ourselves."""
    parts = {name: [each["pid"]] for name, each in state.services.items()}
    parts["kafka"] = list(state.kafka.get("pids", {}).values())
    parts["postgres"] = [state.postgres["pid"]]
    parts["load"] = [os.getpid()]
    return {name: [pid for pid in pids if pid] for name, pids in parts.items()}


class Cost:
    """Measures parts from its entry to its exit.

    Args:
        parts: the first processes of each.
    """

    def __init__(self, parts: Mapping[str, Sequence[int]]) -> None:
        self._parts = parts
        self._before: dict[str, float] = {}
        self._sampling: asyncio.TaskGroup = asyncio.TaskGroup()
        self._stop = asyncio.Event()
        self._mib: dict[str, list[float]] = {name: [] for name in parts}
        self.cpu_s: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        """Begin."""
        await self._sampling.__aenter__()
        self._sampling.create_task(self._sample())
        self._before = self._read_cpu()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        after = self._read_cpu()
        self.cpu_s = {name: after[name] - self._before[name] for name in after}
        self._stop.set()
        await self._sampling.__aexit__(kind, failure, trace)

    def peaks_mib(self) -> dict[str, tuple[float, float]]:
        """The highest memory of each part in the first half and in the second: flat, or not."""
        return {name: _peaks(samples) for name, samples in self._mib.items()}

    def _read_cpu(self) -> dict[str, float]:
        return {name: sum(map(cpu_s, pids)) for name, pids in self._parts.items()}

    async def _sample(self) -> None:
        while not self._stop.is_set():
            for name, pids in self._parts.items():
                now_mib = sum([await asyncio.to_thread(_memory_mib, pid) for pid in pids])
                self._mib[name].append(now_mib)
            with suppress(TimeoutError):
                async with asyncio.timeout(_SAMPLE_EVERY_S):
                    await self._stop.wait()


def _peaks(samples: Sequence[float]) -> tuple[float, float]:
    middle = len(samples) // 2
    first, second = samples[:middle], samples[middle:]
    return max(first, default=max(second, default=0.0)), max(second, default=0.0)


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and its children so far, those that ended included."""
    if pid == os.getpid():
        return sum(psutil.Process(pid).cpu_times()[:2])
    spent_s = 0.0
    for each in _family(pid):
        with suppress(psutil.NoSuchProcess):
            spent_s += sum(each.cpu_times()[:4])
    return spent_s


def _memory_mib(pid: int) -> float:
    kept_bytes = 0
    for each in _family(pid):
        with suppress(psutil.NoSuchProcess):
            kept_bytes += each.memory_full_info().pss
    return kept_bytes / _MIB


def _family(pid: int) -> Sequence[psutil.Process]:
    """A process after its children; our own are the platform, which is not us."""
    first = psutil.Process(pid)
    return [first] if pid == os.getpid() else [*first.children(recursive=True), first]
