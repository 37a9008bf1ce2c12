"""Scheduled faults injected into real processes, groups on a real broker, and a fake sandbox."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, get_args

import aiohttp
import pytest

from libs.messaging.kafka.broker import client_options
from sandbox.faults.rules import Behaviour, Faults
from tests.tools.chaos.processes import child, ended, is_stopped, until_still
from tests.tools.fake_platform import FakePlatform, fake_platform
from tests.waiting import PATIENCE_S
from tools.chaos.injector import FaultInjector, family_of, signal_all
from tools.chaos.inspector import TopicInspector
from tools.chaos.sandbox_faults import CORRECTION_RATE, SandboxFaults, is_outside, settings_for
from tools.chaos.schedule import Fault, Kind, plan_faults
from tools.embedded.processes import identity_of

STANDBY = "another replica publishes"
UNREACHABLE = MappingProxyType(client_options("127.0.0.1:1", None))
SLOW = Fault(0.0, "slow", "sms", lasts_s=0.05)


@dataclass
class SmallPlatform:
    """A platform of small real processes.

    Args:
        processes: by name.
        late: so many questions for a pid are answered with none.
        starts: whether a replica comes up in time.
        calls: what was done with replicas, in order.
    """

    url: str = ""
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    late: int = 0
    starts: bool = True
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def pid_of(self, target: str) -> int | None:
        if self.late > 0:
            self.late -= 1
            return None
        return self.processes[target].pid

    async def add_replica(self, service: str, name: str) -> str:
        self.calls.append(("add", service, name))
        if not self.starts:
            raise TimeoutError
        return self.url

    async def remove_replica(self, service: str, name: str, *, kill: bool = False) -> None:
        self.calls.append(("remove", service, name, kill))


@dataclass
class Scene:
    """A platform and its fault injector."""

    platform: SmallPlatform
    fake: FakePlatform
    injector: FaultInjector
    said: list[str]

    async def inject(self, kind: Kind, target: str, **fields: float) -> None:
        """Inject one fault and wait for its end."""
        await self.injector.run([Fault(0.0, kind, target, **fields)])

    @property
    def injected(self) -> list[str]:
        """The names of the injected faults."""
        return [one.fault.name for one in self.injector.injected]


@asynccontextmanager
async def scene(
    *names: str, late: int = 0, client: Any = UNREACHABLE, since: Any = (), **faults: Any
) -> AsyncIterator[Scene]:
    """Small real processes under these names, and a fake sandbox."""
    said: list[str] = []
    with ExitStack() as stack:
        processes = {name: stack.enter_context(child())[0] for name in names}
        async with fake_platform(**faults) as (fake, http), asyncio.timeout(PATIENCE_S):
            platform = SmallPlatform(fake.url, processes, late)
            injector = FaultInjector(
                platform,
                SandboxFaults(http, fake.url),
                TopicInspector(client),
                http,
                since=dict(since),
                progress=said.append,
            )
            yield Scene(platform, fake, injector, said)


@pytest.mark.parametrize(
    ("kind", "target", "status"),
    [
        ("kill", "gateway", -signal.SIGKILL),
        ("restart", "gateway", signal.SIGTERM),
        ("restart", "postgres", signal.SIGINT),
        ("shut_down_at_once", "postgres", signal.SIGQUIT),
    ],
)
async def test_a_process_ends_as_the_fault_says(kind: Kind, target: str, status: int) -> None:
    """Killed, drained, or for PostgreSQL fast and immediate shutdown."""
    async with scene(target) as scene_:
        await scene_.inject(kind, target)
        assert await ended(scene_.platform.processes[target]) == status
        assert scene_.injected == [f"{kind} {target}"]
        assert f"{kind} {target}" in scene_.said[0]


async def test_a_group_whose_topics_are_not_there_has_no_offsets_to_lose() -> None:
    """No ministry of a run has topics of its own."""
    async with scene("applications") as scene_:
        await scene_.inject("lose_offsets", "applications")
        assert "0 of 0 groups reset" in scene_.said[-1]


async def test_a_stopped_process_goes_on_when_the_fault_is_over() -> None:
    """It is alive, while the rest of the run goes on."""
    async with scene("gateway") as scene_, asyncio.TaskGroup() as tasks:
        process = scene_.platform.processes["gateway"]
        faults = [Fault(0.0, "stop", "gateway", lasts_s=0.5), Fault(0.0, "away", "sms", 600.0)]
        run = tasks.create_task(scene_.injector.run(faults))
        await until_still(process.pid)
        await until_still(process.pid, still=False)
        assert process.poll() is None
        assert not run.done()
        run.cancel()


async def test_no_process_stays_stopped_when_a_run_is_cancelled() -> None:
    """After Ctrl-C the platform can still be shut down."""
    async with scene("gateway") as scene_, asyncio.TaskGroup() as tasks:
        process = scene_.platform.processes["gateway"]
        run = tasks.create_task(scene_.inject("stop", "gateway", lasts_s=600.0))
        await until_still(process.pid)
        run.cancel()
        await until_still(process.pid, still=False)
        assert scene_.injected == []


async def test_a_process_that_is_down_is_waited_for() -> None:
    """Otherwise a fault would be counted that never happened."""
    async with scene("gateway", late=2) as scene_:
        await scene_.inject("kill", "gateway")
        assert await ended(scene_.platform.processes["gateway"]) == -signal.SIGKILL
        assert scene_.platform.late == 0


async def test_a_service_is_killed_during_an_outage_of_its_database() -> None:
    """The database first, the service a moment later."""
    async with scene("postgres", "ministries") as scene_:
        await scene_.inject("kill_during_database_outage", "ministries", delay_s=0.1)
        assert await ended(scene_.platform.processes["postgres"]) == signal.SIGQUIT
        assert await ended(scene_.platform.processes["ministries"]) == -signal.SIGKILL


async def test_a_service_is_killed_while_the_broker_is_stopped() -> None:
    """Its records are under way and not acknowledged when it is killed."""
    async with scene("kafka", "ministries") as scene_, asyncio.TaskGroup() as tasks:
        broker, service = (scene_.platform.processes[name] for name in ("kafka", "ministries"))
        tasks.create_task(scene_.inject("kill_during_broker_stop", "ministries", lasts_s=3.0))
        await until_still(broker.pid)
        assert await ended(service) == -signal.SIGKILL
        assert is_stopped(broker.pid)
        await until_still(broker.pid, still=False)
        assert broker.poll() is None


@pytest.mark.parametrize(("kind", "killed"), [("member_leaves", False), ("member_is_killed", True)])
async def test_a_second_member_comes_and_goes(kind: Kind, killed: bool) -> None:
    """The first process of the service is not touched."""
    async with scene("ministries") as scene_:
        await scene_.inject(kind, "ministries", lasts_s=0.1)
        assert scene_.platform.calls == [
            ("add", "ministries", "1"),
            ("remove", "ministries", "1", killed),
        ]
        assert scene_.platform.processes["ministries"].poll() is None


async def test_there_is_one_second_member_at_a_time() -> None:
    """One that drains for longer than planned delays the next."""
    async with scene() as scene_:
        first = Fault(0.0, "member_leaves", "ministries", lasts_s=0.5)
        await scene_.injector.run([first, replace(first, at_s=0.1, target="applications")])
        assert [call[:2] for call in scene_.platform.calls] == [
            ("add", "ministries"),
            ("remove", "ministries"),
            ("add", "applications"),
            ("remove", "applications"),
        ]


async def test_a_fault_that_could_not_be_injected_is_not_counted() -> None:
    """Its target had not come up again; the run goes on."""
    async with scene("gateway") as scene_:
        scene_.platform.starts = False
        faults = [Fault(0.0, "member_leaves", "ministries"), Fault(0.1, "kill", "gateway")]
        await scene_.injector.run(faults)
        assert scene_.injected == ["kill gateway"]


async def test_the_relay_holder_is_killed_once_another_process_stands_by() -> None:
    """Before that no process could take over, and nothing would be tested."""
    async with scene("ministries", relay=["starting", "starting", STANDBY]) as scene_:
        await scene_.inject("kill_relay_holder", "ministries")
        assert await ended(scene_.platform.processes["ministries"]) == -signal.SIGKILL
        assert [request.path for request in scene_.fake.requests] == ["/health/ready"] * 3
        assert scene_.platform.calls[-1] == ("remove", "ministries", "1", False)


async def test_a_second_process_that_publishes_is_the_one_killed() -> None:
    """The first lost its database connection just before; it stands by and takes over."""
    async with scene("ministries", relay=["starting", ""]) as scene_:
        await scene_.inject("kill_relay_holder", "ministries")
        assert scene_.platform.processes["ministries"].poll() is None
        assert scene_.platform.calls[-1] == ("remove", "ministries", "1", True)
        assert scene_.injected == ["kill_relay_holder ministries"]


async def test_faults_of_the_outside_world_are_set_in_the_sandbox() -> None:
    """No process of the platform is touched."""
    async with scene() as scene_:
        await scene_.inject("away", "sms", lasts_s=0.1)
        assert scene_.fake.controls == [
            ("PUT", "/faults/sms", {"down_for_s": 0.1}),
            ("DELETE", "/faults/sms", None),
        ]
        assert scene_.injected == ["away sms"]


async def test_faults_overlap_as_scheduled() -> None:
    """A long fault delays no later one; every fault is noted with its times."""
    async with scene("gateway", "identity") as scene_:
        faults = [Fault(0.0, "stop", "gateway", lasts_s=1.0), Fault(0.2, "kill", "identity")]
        await scene_.injector.run(faults)
        second, first = scene_.injector.injected
        assert [second.fault, first.fault] == faults[::-1]
        assert first.began_s < second.began_s <= second.over_s < first.over_s


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_fault_of_the_outside_world_is_known_to_the_sandbox(kind: Kind) -> None:
    """A setting that the sandbox did not know would break nothing."""
    fault = Fault(0.0, kind, "sms", lasts_s=60.0)
    outside = {
        plan_fault.kind for plan_fault in plan_faults(1, minutes=5.0) if plan_fault.target == "sms"
    }
    assert is_outside(fault) or kind not in outside
    if is_outside(fault):
        settings = settings_for(fault)
        assert settings
        assert Faults.model_validate(settings).model_dump(exclude_none=True) == settings


async def test_a_run_begins_without_faults_and_leaves_the_defaults() -> None:
    """Ministries ask for corrections only during the run."""
    async with fake_platform() as (fake, http):
        faults = SandboxFaults(http, fake.url)
        await faults.begin()
        ((_, cleared, _), (method, path, behaviour)) = fake.controls
        assert (cleared, method, path) == ("/faults", "PUT", "/behaviour/ministries")
        assert Behaviour.model_validate(behaviour).correction_rate == CORRECTION_RATE
        await faults.end()
    assert fake.controls[2:] == [("DELETE", "/faults", None), ("DELETE", "/behaviour", None)]


async def test_a_fault_is_sent_again_until_the_sandbox_takes_it() -> None:
    """The sandbox is killed and stopped, too."""
    async with fake_platform(controls_down=2) as (fake, http):
        await SandboxFaults(http, fake.url).inject(SLOW)
    assert [method for method, _, _ in fake.controls] == ["PUT", "DELETE"]


async def test_a_fault_that_the_sandbox_refuses_ends_the_run() -> None:
    """It would be refused for ever, and the run would test nothing."""
    async with fake_platform(controls_unknown=True) as (fake, http):
        with pytest.raises(aiohttp.ClientResponseError):
            await SandboxFaults(http, fake.url).begin()


PARENT = (
    "import subprocess; "
    "child = subprocess.Popen(['/bin/sleep', '600'], stdout=subprocess.DEVNULL); "
    "print(child.pid, flush=True); child.wait()"
)


async def test_a_process_is_signalled_with_its_children() -> None:
    """PostgreSQL stands still only when all its children do."""
    with child(PARENT) as (parent, line):
        family = family_of(parent.pid)
        pids = [member.pid for member in family]
        assert [str(pid) for pid in pids] == [str(parent.pid), line]
        signal_all(family, signal.SIGSTOP)
        await until_still(*pids)
        signal_all(family, signal.SIGCONT)
        await until_still(*pids, still=False)
        signal_all(family[1:], signal.SIGKILL)
        assert await ended(parent) == 0
    assert family_of(parent.pid) == []
    signal_all(family, signal.SIGKILL)  # without an error


def test_a_reused_pid_is_not_signalled() -> None:
    """The pid here is our own, with another start time."""
    me = identity_of(os.getpid())
    signal_all([type(me)(me.pid, "another time")], signal.SIGKILL)
