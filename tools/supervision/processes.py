"""The services as processes: launched, watched, restarted when they die, drained at the end."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from tools.embedded.server import ServerProcess

_DRAIN_WITHIN_S = 15.0
_STEADY_AFTER_S = 10.0
_LONGEST_PAUSE_S = 5.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Child:
    process: ServerProcess
    command: Sequence[str]
    environment: Mapping[str, str]
    started_s: float = 0.0
    pause_s: float = 0.0
    restarts: int = 0


def pause_before_restart(*, ran_s: float, last_pause_s: float) -> float:
    """Return the seconds to wait before a process that died is restarted.

    One that ran for ten seconds starts at once. One that dies again and again waits longer each
    time, at most five seconds, so that it takes no CPU time from the others.

    Args:
        ran_s: how long it ran.
        last_pause_s: the pause before that run.
    """
    return 0.0 if ran_s > _STEADY_AFTER_S else min(last_pause_s * 2 + 0.5, _LONGEST_PAUSE_S)


def service_command(service: str) -> Sequence[str]:
    """The command line that runs a service."""
    return module_command("services", service)


def opener_command(service: str, socket: Path) -> Sequence[str]:
    """The command line that runs the process which opens files for a service."""
    files = socket.parent / "files"
    return module_command("services", "opener", service, str(socket), str(files))


def module_command(*module: str) -> Sequence[str]:
    """The command line that runs a module of this checkout."""
    return [sys.executable, "-m", *module]


class Processes:
    """Every service of one machine, each a process of its own.

    Args:
        folder: keeps a folder per service, with its log and pid file.
        environments: environment by service.
        command: the command line of a service.
    """

    def __init__(
        self,
        folder: Path,
        environments: Mapping[str, Mapping[str, str]],
        *,
        command: Callable[[str], Sequence[str]] = service_command,
    ) -> None:
        self._folder = folder
        self._children: dict[str, _Child] = {}
        for name, environment in environments.items():
            self._children[name] = self._child(name, command(name), environment)

    def pids(self) -> dict[str, int | None]:
        """Process number by service; None while it is down."""
        return {name: child.process.pid for name, child in self._children.items()}

    async def start(self) -> None:
        """Launch every service, after ending processes that a killed supervisor left running."""
        for child in self._children.values():
            await self._begin(child)

    async def start_one(self, name: str) -> None:
        """Launch one service that is down."""
        await self._begin(self._children[name])

    async def drain(self, name: str) -> int | None:
        """Drain one service; return its exit status, or None if it took over 15 seconds."""
        return await self._children[name].process.end(grace_s=_DRAIN_WITHIN_S)

    async def add(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Launch one more process under a name of its own, and keep it up like the others."""
        child = self._child(name, command, environment)
        await self._begin(child)
        self._children[name] = child

    async def remove(self, name: str, *, kill: bool = False) -> int | None:
        """End a process that was added, for good; return its exit status, as of `drain`.

        Args:
            name: the name it was added under.
            kill: end it as a crash would, instead of draining it.
        """
        process = self._children.pop(name).process
        if kill:
            process.kill()
        return await process.end(grace_s=_DRAIN_WITHIN_S)

    async def watch(self, stop: asyncio.Event, changed: Callable[[], None]) -> None:
        """Restart every process that dies, until `stop` is set.

        Args:
            stop: ends the watch.
            changed: is called after every restart.
        """
        while not stop.is_set():
            for name, child in self._children.items():
                if (
                    not child.process.is_running
                    and time.monotonic() >= child.started_s + child.pause_s
                ):
                    log.warning("service died", process=name, restarts=child.restarts + 1)
                    self._launch(child)
                    changed()
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Drain all services at the same time; kill them after 15 seconds."""
        async with asyncio.TaskGroup() as ending:
            for child in self._children.values():
                ending.create_task(child.process.end(grace_s=_DRAIN_WITHIN_S))

    def log_paths(self, names: Iterable[str]) -> list[Path]:
        """Return the logs of the services."""
        return [self._children[name].process.log_path for name in names]

    def _child(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> _Child:
        process = ServerProcess(name, self._folder / name, end_signal=signal.SIGTERM)
        return _Child(process, command, environment)

    async def _begin(self, child: _Child) -> None:
        child.process.folder.mkdir(parents=True, exist_ok=True)
        await child.process.end_stale()
        self._launch(child)

    def _launch(self, child: _Child) -> None:
        now_s = time.monotonic()
        if child.started_s:
            child.restarts += 1
            ran_s = now_s - child.started_s
            child.pause_s = pause_before_restart(ran_s=ran_s, last_pause_s=child.pause_s)
        child.started_s = now_s
        child.process.launch(child.command, environment=child.environment)
