"""Does what the schedule says, to processes and to members of consumer groups."""

import asyncio
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import aiohttp
import orjson

from libs.contracts.topics import TOPICS
from libs.messaging.outsider import Outsider, Place
from tools.chaos.mischief import Mischief, is_outside
from tools.chaos.processes import family_of, signal_all
from tools.chaos.recovery import Done
from tools.chaos.schedule import BROKER, DATABASE, SESSION_TIMEOUT_S, Fault
from tools.embedded.processes import Identity

_SECOND = "1"
_STANDS_BY = "another replica publishes"
_UP_WITHIN_S = 60.0  # on a machine that other work overloads
_LOOK_AGAIN_S = 0.2
_REWOUND_WITHIN_S = 20.0


class Platform(Protocol):
    """What runs, as the supervisor has it."""

    def pid_of(self, target: str) -> int | None:
        """The process number of a service, of `kafka` or of `postgres`; None while it is down."""

    async def add_replica(self, service: str, name: str) -> str:
        """Start one more process of a service; return its base URL."""

    async def remove_replica(self, service: str, name: str, *, kill: bool = False) -> None:
        """End it again."""


class Breaking:
    """Breaks a platform.

    Args:
        platform: what is broken.
        mischief: orders the faults of the outside world.
        outsider: sets offsets back.
        http: asks replicas how they are.
        since: the offsets at which the run began.
        say: is told of every fault.
    """

    def __init__(
        self,
        platform: Platform,
        mischief: Mischief,
        outsider: Outsider,
        http: aiohttp.ClientSession,
        *,
        since: Mapping[Place, int],
        say: Callable[[str], None],
    ) -> None:
        self.done: list[Done] = []
        self._platform = platform
        self._mischief = mischief
        self._outsider = outsider
        self._http = http
        self._since = since
        self._say = say
        self._stopped: list[Identity] = []
        self._failed: list[Fault] = []
        self._one_at_a_time = asyncio.Lock()  # a second member may drain longer than it was to live

    async def follow(self, faults: Sequence[Fault]) -> None:
        """Break everything on schedule; return when the last fault is over."""
        began_s = time.monotonic()
        try:
            async with asyncio.TaskGroup() as tasks:
                for fault in faults:
                    await asyncio.sleep(began_s + fault.at_s - time.monotonic())
                    tasks.create_task(self._commit(fault, began_s))
        finally:
            signal_all(self._stopped, signal.SIGCONT)

    async def _commit(self, fault: Fault, began_s: float) -> None:
        at_s = time.time()
        self._say(f"{time.monotonic() - began_s:6.1f} s  {fault.name}")
        if is_outside(fault):
            await self._mischief.misbehave(fault)
        else:
            try:
                await self._break(fault)
            except TimeoutError:  # what was to be broken has not come up again yet
                self._failed.append(fault)
        if fault not in self._failed:
            self.done.append(Done(fault, at_s, time.time()))

    async def _break(self, fault: Fault) -> None:
        match fault.kind:
            case "kill":
                await self._signal(fault.target, signal.SIGKILL)
            case "restart":
                asked = signal.SIGINT if fault.target == DATABASE else signal.SIGTERM
                await self._signal(fault.target, asked)
            case "shut_down_at_once":
                await self._signal(fault.target, signal.SIGQUIT)
            case "stop":
                await self._stop(fault.target, fault.lasts_s)
            case "kill_during_database_outage":
                await self._signal(DATABASE, signal.SIGQUIT)
                await asyncio.sleep(fault.delay_s)
                await self._signal(fault.target, signal.SIGKILL)
            case "kill_during_broker_stop":
                await self._kill_while_the_broker_stands(fault)
            case "lose_offsets":
                await self._lose_offsets(fault)
            case _:
                async with self._one_at_a_time:
                    await self._second_member(fault)

    async def _signal(self, target: str, number: signal.Signals) -> None:
        """Signal a process; one that is down already is waited for, so that the fault happens."""
        async with asyncio.timeout(_UP_WITHIN_S):
            while not (family := family_of(await self._pid(target))):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_AGAIN_S)
        signal_all(family[:1], number)

    async def _pid(self, target: str) -> int:
        async with asyncio.timeout(_UP_WITHIN_S):
            while (pid := self._platform.pid_of(target)) is None:  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_AGAIN_S)
            return pid

    async def _stop(self, target: str, lasts_s: float) -> None:
        family = family_of(await self._pid(target))
        self._stopped += family
        signal_all(family, signal.SIGSTOP)
        try:
            await asyncio.sleep(lasts_s)
        finally:
            signal_all(family, signal.SIGCONT)

    async def _kill_while_the_broker_stands(self, fault: Fault) -> None:
        """Kill a writer whose records are under way and not acknowledged."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._stop(BROKER, fault.lasts_s))
            await asyncio.sleep(1 + fault.delay_s)
            await self._signal(fault.target, signal.SIGKILL)

    async def _lose_offsets(self, fault: Fault) -> None:
        """Stop a reader until its groups are empty, and set them back to where the run began.

        A second member, or one that was killed and whose session is not over yet, keeps a group
        from being empty; then it is waited for, for a while.
        """
        family = family_of(await self._pid(fault.target))
        self._stopped += family
        signal_all(family, signal.SIGSTOP)
        until_s = time.monotonic() + fault.lasts_s + _REWOUND_WITHIN_S
        try:
            await asyncio.sleep(SESSION_TIMEOUT_S)
            rewound = [
                await self._rewind(group, to, until_s=until_s)
                for group, to in self._groups(fault.target)
            ]
        finally:
            signal_all(family, signal.SIGCONT)
        if not all(rewound):
            self._failed.append(fault)
        self._say(f"          {rewound.count(True)} of {len(rewound)} groups read anew")

    async def _rewind(self, group: str, to: Mapping[Place, int], *, until_s: float) -> bool:
        while not (rewound := await self._outsider.rewind(group, to)):
            if time.monotonic() > until_s:
                break
            await asyncio.sleep(_LOOK_AGAIN_S)
        return rewound

    def _groups(self, service: str) -> list[tuple[str, dict[Place, int]]]:
        return [
            (
                group_of(service, topic.name),
                {at: self._since[at] for at in self._since if at[0] in names},
            )
            for topic in TOPICS
            if service in topic.readers and (names := set(topic.names()))
        ]

    async def _second_member(self, fault: Fault) -> None:
        """Have a second process of a service come and go, or take over when the first is killed."""
        url = await self._platform.add_replica(fault.target, _SECOND)
        try:
            began_s = time.monotonic()
            if fault.kind == "kill_relay_holder":
                await self._until_it_stands_by(url)
                await self._signal(fault.target, signal.SIGKILL)
            await asyncio.sleep(began_s + fault.lasts_s - time.monotonic())
        finally:
            killed = fault.kind == "member_is_killed"
            await self._platform.remove_replica(fault.target, _SECOND, kill=killed)

    async def _until_it_stands_by(self, url: str) -> None:
        async with asyncio.timeout(_UP_WITHIN_S):
            while await self._relay_of(url) != _STANDS_BY:  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_AGAIN_S)

    async def _relay_of(self, url: str) -> str:
        try:
            async with self._http.get(
                f"{url}/health/ready", timeout=aiohttp.ClientTimeout(total=2)
            ) as answer:
                parts = orjson.loads(await answer.read())["parts"]
                return str(parts.get("relay", {}).get("detail", ""))
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError):
            return ""


def group_of(service: str, topic: str) -> str:
    """The name of the consumer group in which a service reads a topic of the map."""
    return f"{service}.{topic.replace('.<ministry>', '')}"
