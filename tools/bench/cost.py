"""CPU seconds and memory of every component of a system.

A component is one or more processes with all their children; PostgreSQL has its backends. The CPU
time of children that ended is counted by their parent, so none is lost. Memory is the proportional
set size (PSS): pages that several processes share are counted once.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tools.embedded.errors import EmbeddedStackFailed
from tools.supervision.state import State

_SAMPLE_EVERY_S = 2.0
_MIB = 1024 * 1024


def processes_of(state: State) -> dict[str, Sequence[int]]:
    """Return the processes of every component of a platform, and of the load, which is ours."""
    processes = {name: [service["pid"]] for name, service in state.services.items()}
    processes["kafka"] = list(state.kafka.get("pids", {}).values())
    processes["postgres"] = [state.postgres["pid"]]
    processes["load"] = [os.getpid()]
    return {name: [pid for pid in pids if pid] for name, pids in processes.items()}


class ProcessEnded(EmbeddedStackFailed):
    """A process that is measured has ended; the message has the end of its log."""


class Cost:
    """Measures components while its context lasts, and ends its body when a process has ended.

    Args:
        processes: the first processes of every component.

    Raises:
        ProcessEnded: a process has ended, before or while it was measured.
    """

    def __init__(self, processes: Mapping[str, Sequence[int]]) -> None:
        self._processes = processes
        self._logs = {
            pid: _log_of(pid) for pids in processes.values() for pid in pids if pid != os.getpid()
        }
        self._before: dict[str, float] = {}
        self._sampling: asyncio.TaskGroup = asyncio.TaskGroup()
        self._stop = asyncio.Event()
        self._mib: dict[str, list[float]] = {}
        self.cpu_s: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        """Start measuring, from nothing.

        Raises:
            ProcessEnded: a process has ended already.
        """
        self._before = self._read_cpu()
        self._mib = {name: [] for name in self._processes}
        self._stop.clear()
        self._sampling = asyncio.TaskGroup()
        await self._sampling.__aenter__()
        self._sampling.create_task(self._sample())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        try:
            if isinstance(failure, asyncio.CancelledError):  # perhaps by the failed sampling
                await self._sampling.__aexit__(kind, failure, trace)
            else:
                await self._sampling.__aexit__(None, None, None)
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        after = self._read_cpu()
        self.cpu_s = {name: after[name] - self._before[name] for name in after}

    def peaks_mib(self) -> dict[str, tuple[float, float]]:
        """Return peak memory by component, in the first half and in the second."""
        return {name: _peaks(samples) for name, samples in self._mib.items()}

    def _read_cpu(self) -> dict[str, float]:
        return {name: sum(map(cpu_s, pids)) for name, pids in self._running()}

    async def _sample(self) -> None:
        while not self._stop.is_set():
            for name, pids in self._running():
                now_mib = sum([await asyncio.to_thread(_memory_mib, pid) for pid in pids])
                self._mib[name].append(now_mib)
            with suppress(TimeoutError):
                async with asyncio.timeout(_SAMPLE_EVERY_S):
                    await self._stop.wait()

    def _running(self) -> Iterator[tuple[str, Sequence[int]]]:
        """The processes of every component.

        Raises:
            ProcessEnded: one has ended.
        """
        for name, pids in self._processes.items():
            for pid in pids:
                if not _is_running(pid):
                    raise ProcessEnded(
                        f"{name} (process {pid}) ended while it was measured",
                        remedy="read its log, and start the bench again",
                        log_path=_newest_before_restart(self._logs[pid]),
                    )
            yield name, pids


async def idle_cores(processes: Mapping[str, Sequence[int]], seconds: float) -> dict[str, float]:
    """Return the cores that every component takes while nobody sends a request."""
    async with Cost(processes) as cost:
        await asyncio.sleep(seconds)
    return {name: round(spent_s / seconds, 3) for name, spent_s in cost.cpu_s.items()}


def _peaks(samples: Sequence[float]) -> tuple[float, float]:
    middle = len(samples) // 2
    first, second = samples[:middle], samples[middle:]
    return max(first, default=max(second, default=0.0)), max(second, default=0.0)


def cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and its children so far, ended children included."""
    if pid == os.getpid():
        return sum(psutil.Process(pid).cpu_times()[:2])
    spent_s = 0.0
    for process in _family(pid):
        with suppress(psutil.NoSuchProcess):
            spent_s += sum(process.cpu_times()[:4])
    return spent_s


def _is_running(pid: int) -> bool:
    """Whether a process runs; one that ended stays as a zombie until its parent has asked."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _log_of(pid: int) -> Path | None:
    """The file with the output of a process."""
    output = Path(f"/proc/{pid}/fd/1").resolve()
    return output if output.is_file() else None


def _newest_before_restart(log: Path | None) -> Path | None:
    """A process that was started again in its place has left the log of the one before."""
    old = log and log.with_suffix(".log.old")
    return old if old and old.exists() else log


def _memory_mib(pid: int) -> float:
    used_bytes = 0
    for process in _family(pid):
        with suppress(psutil.NoSuchProcess):
            used_bytes += process.memory_full_info().pss
    return used_bytes / _MIB


def _family(pid: int) -> Sequence[psutil.Process]:
    """A process after its children; our own children are the platform and do not count."""
    first = psutil.Process(pid)
    return [first] if pid == os.getpid() else [*first.children(recursive=True), first]
