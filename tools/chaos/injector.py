"""Injects the scheduled faults into processes, consumer groups and the sandbox."""

import asyncio
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import aiohttp
import orjson
import psutil

from libs.contracts.access import group_of
from libs.contracts.topics import TOPICS
from tools.chaos.inspector import Place, TopicInspector
from tools.chaos.sandbox_faults import SandboxFaults, is_outside
from tools.chaos.schedule import BROKER, DATABASE, SESSION_TIMEOUT_S, Fault
from tools.embedded.processes import Identity, identity_of, send_signal

_SECOND = "1"
_PUBLISHES, _STANDBY = "", "another replica publishes"
_UP_TIMEOUT_S = 60.0  # on an overloaded machine
_POLL_S = 0.2
_REWIND_TIMEOUT_S = 20.0


class Platform(Protocol):
    """The running platform, as the supervisor knows it."""

    def pid_of(self, target: str) -> int | None:
        """Return the pid of a service, of `kafka` or of `postgres`; None while it is down."""

    async def add_replica(self, service: str, name: str) -> str:
        """Start one more process of a service; return its base URL."""

    async def remove_replica(self, service: str, name: str, *, kill: bool = False) -> None:
        """Stop it again."""


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault that was injected: when it began and was over, in seconds since 1970."""

    fault: Fault
    began_s: float
    over_s: float


class FaultInjector:
    """Injects faults into a platform.

    Args:
        platform: the platform.
        sandbox: sets the faults of the outside world.
        inspector: sets offsets back.
        http: reads the readiness of replicas.
        since: the offsets at which the run began.
        progress: prints each fault.
    """

    def __init__(
        self,
        platform: Platform,
        sandbox: SandboxFaults,
        inspector: TopicInspector,
        http: aiohttp.ClientSession,
        *,
        since: Mapping[Place, int],
        progress: Callable[[str], None],
    ) -> None:
        self.injected: list[Injected] = []
        self._platform = platform
        self._sandbox = sandbox
        self._inspector = inspector
        self._http = http
        self._since = since
        self._progress = progress
        self._stopped: list[Identity] = []
        self._failed: list[Fault] = []
        self._one_replica = asyncio.Lock()  # a replica may take longer to drain than planned

    async def run(self, faults: Sequence[Fault]) -> None:
        """Inject faults on schedule; return when the last one is over."""
        began_s = time.monotonic()
        try:
            async with asyncio.TaskGroup() as tasks:
                for fault in faults:
                    await asyncio.sleep(began_s + fault.at_s - time.monotonic())
                    tasks.create_task(self._inject(fault, began_s))
        finally:
            signal_all(self._stopped, signal.SIGCONT)

    async def _inject(self, fault: Fault, began_s: float) -> None:
        at_s = time.time()
        self._progress(f"{time.monotonic() - began_s:6.1f} s  {fault.name}")
        if is_outside(fault):
            await self._sandbox.inject(fault)
        else:
            try:
                await self._break(fault)
            except TimeoutError:  # the target has not come up again yet
                self._failed.append(fault)
        if fault not in self._failed:
            self.injected.append(Injected(fault, at_s, time.time()))

    async def _break(self, fault: Fault) -> None:
        match fault.kind:
            case "kill":
                await self._signal(fault.target, signal.SIGKILL)
            case "restart":
                is_database = fault.target == DATABASE
                await self._signal(fault.target, signal.SIGINT if is_database else signal.SIGTERM)
            case "shut_down_at_once":
                await self._signal(fault.target, signal.SIGQUIT)
            case "stop":
                await self._stop(fault.target, fault.lasts_s)
            case "kill_during_database_outage":
                await self._signal(DATABASE, signal.SIGQUIT)
                await asyncio.sleep(fault.delay_s)
                await self._signal(fault.target, signal.SIGKILL)
            case "kill_during_broker_stop":
                await self._kill_during_broker_stop(fault)
            case "lose_offsets":
                await self._lose_offsets(fault)
            case _:
                async with self._one_replica:
                    await self._run_replica(fault)

    async def _signal(self, target: str, number: signal.Signals) -> None:
        """Signal a process; wait for one that is down, so that the fault happens."""
        async with asyncio.timeout(_UP_TIMEOUT_S):
            while not (family := family_of(await self._pid(target))):  # noqa: ASYNC110
                await asyncio.sleep(_POLL_S)
        signal_all(family[:1], number)

    async def _pid(self, target: str) -> int:
        async with asyncio.timeout(_UP_TIMEOUT_S):
            while (pid := self._platform.pid_of(target)) is None:  # noqa: ASYNC110
                await asyncio.sleep(_POLL_S)
            return pid

    async def _stop(self, target: str, lasts_s: float) -> None:
        family = family_of(await self._pid(target))
        self._stopped += family
        signal_all(family, signal.SIGSTOP)
        try:
            await asyncio.sleep(lasts_s)
        finally:
            signal_all(family, signal.SIGCONT)

    async def _kill_during_broker_stop(self, fault: Fault) -> None:
        """Kill a producer whose records are sent and not acknowledged."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._stop(BROKER, fault.lasts_s))
            await asyncio.sleep(1 + fault.delay_s)
            await self._signal(fault.target, signal.SIGKILL)

    async def _lose_offsets(self, fault: Fault) -> None:
        """Stop a consumer until its groups are empty, and reset them to the start of the run.

        A second member, or one that was killed and whose session has not timed out, keeps a group
        from being empty; it is waited for.
        """
        groups = self._groups(fault.target)
        family = family_of(await self._pid(fault.target))
        self._stopped += family
        signal_all(family, signal.SIGSTOP)
        until_s = time.monotonic() + fault.lasts_s + _REWIND_TIMEOUT_S
        try:
            await asyncio.sleep(SESSION_TIMEOUT_S if groups else 0)
            rewound = [
                await self._rewind(group, offsets, until_s=until_s) for group, offsets in groups
            ]
        finally:
            signal_all(family, signal.SIGCONT)
        if not all(rewound):
            self._failed.append(fault)
        self._progress(f"          {rewound.count(True)} of {len(rewound)} groups reset")

    async def _rewind(self, group: str, offsets: Mapping[Place, int], *, until_s: float) -> bool:
        while not (rewound := await self._inspector.rewind(group, offsets)):
            if time.monotonic() > until_s:
                break
            await asyncio.sleep(_POLL_S)
        return rewound

    def _groups(self, service: str) -> list[tuple[str, dict[Place, int]]]:
        names: dict[str, set[str]] = {}
        for topic in TOPICS:
            if service in topic.readers:
                names.setdefault(group_of(service, topic), set()).update(topic.names())
        found = {
            group: {place: at for place, at in self._since.items() if place[0] in read}
            for group, read in names.items()
        }
        # A group has no offsets where no ministry has topics of its own.
        return [(group, offsets) for group, offsets in found.items() if offsets]

    async def _run_replica(self, fault: Fault) -> None:
        """Run a second process of a service for a while; it takes over if the first is killed."""
        url = await self._platform.add_replica(fault.target, _SECOND)
        kill_second = fault.kind == "member_is_killed"
        try:
            began_s = time.monotonic()
            if fault.kind == "kill_relay_holder":
                kill_second = await self._state_of_relay(url) == _PUBLISHES
                if not kill_second:
                    await self._signal(fault.target, signal.SIGKILL)
            await asyncio.sleep(began_s + fault.lasts_s - time.monotonic())
        finally:
            await self._platform.remove_replica(fault.target, _SECOND, kill=kill_second)

    async def _state_of_relay(self, url: str) -> str:
        """Wait until a replica publishes or stands by.

        It publishes if the first one lost its database connection shortly before.
        """
        async with asyncio.timeout(_UP_TIMEOUT_S):
            while (state := await self._relay_of(url)) not in {_PUBLISHES, _STANDBY}:  # noqa: ASYNC110
                await asyncio.sleep(_POLL_S)
        return state

    async def _relay_of(self, url: str) -> str | None:
        try:
            async with self._http.get(
                f"{url}/health/ready", timeout=aiohttp.ClientTimeout(total=2)
            ) as response:
                health = orjson.loads(await response.read())
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError):
            return None
        return str(health["components"].get("relay", {}).get("detail", _PUBLISHES))


def family_of(pid: int) -> list[Identity]:
    """Return a process and its children; PostgreSQL works in children that stop separately."""
    pids = [pid]
    with suppress(psutil.NoSuchProcess):
        pids += [child.pid for child in psutil.Process(pid).children()]
    found: list[Identity] = []
    for pid in pids:
        with suppress(ProcessLookupError):
            found.append(identity_of(pid))
    return found


def signal_all(family: Sequence[Identity], number: signal.Signals) -> None:
    """Signal the processes of a family that still run; a reused pid is left alone."""
    for member in family:
        send_signal(member, number)
