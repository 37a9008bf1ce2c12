"""What the schedule says is done to real processes, to groups on a real broker, and to parties."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from tools.chaos.breaking import Breaking, group_of
from tools.chaos.mischief import Mischief

from libs.contracts.topics import TOPICS
from libs.database.pool import Database
from libs.messaging.broker import client_options
from libs.messaging.outsider import Outsider, Place
from tests.libs.messaging.scene import Hearing, consumer
from tests.tools.chaos.children import child, ended, stands_still, until_still
from tests.tools.chaos.playing import PlayedInChaos, in_chaos
from tools.chaos.schedule import READING, Fault, Kind
from tools.embedded.kafka import EmbeddedKafka

STANDS_BY = "another replica publishes"

NOWHERE = MappingProxyType(client_options("127.0.0.1:1", None))


@dataclass
class Few:
    """A platform of small real processes.

    Args:
        processes: who runs, by name.
        late: so many questions for a number are answered with none first.
        starts: whether a further process comes up in time.
        asked: what was ordered, in order.
    """

    url: str = ""
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    late: int = 0
    starts: bool = True
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def pid_of(self, target: str) -> int | None:
        if self.late > 0:
            self.late -= 1
            return None
        return self.processes[target].pid

    async def add_replica(self, service: str, name: str) -> str:
        self.asked.append(("add", service, name))
        if not self.starts:
            raise TimeoutError
        return self.url

    async def remove_replica(self, service: str, name: str, *, kill: bool = False) -> None:
        self.asked.append(("remove", service, name, kill))


@dataclass
class Scene:
    """A platform and what breaks it."""

    few: Few
    played: PlayedInChaos
    breaking: Breaking
    said: list[str]

    async def suffer(self, kind: Kind, target: str, **fields: float) -> None:
        """Have one fault happen, to its end."""
        await self.breaking.follow([Fault(0.0, kind, target, **fields)])

    @property
    def done(self) -> list[str]:
        """What was done, by name."""
        return [each.fault.name for each in self.breaking.done]


@asynccontextmanager
async def scene(
    *names: str, late: int = 0, client: Any = NOWHERE, since: Any = (), **played: Any
) -> AsyncIterator[Scene]:
    """Small real processes under these names, and a played sandbox."""
    said: list[str] = []
    with ExitStack() as stack:
        processes = {name: stack.enter_context(child())[0] for name in names}
        async with in_chaos(**played) as (sandbox, http), asyncio.timeout(120):
            few = Few(sandbox.url, processes, late)
            breaking = Breaking(
                few,
                Mischief(http, sandbox.url),
                Outsider(client),
                http,
                since=dict(since),
                say=said.append,
            )
            yield Scene(few, sandbox, breaking, said)


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
    """Killed, asked to drain, or told to end at once: PostgreSQL's fast and immediate shutdown."""
    async with scene(target) as world:
        await world.suffer(kind, target)
        assert await ended(world.few.processes[target]) == status
        assert world.done == [f"{kind} {target}"]
        assert f"{kind} {target}" in world.said[0]


async def test_a_stopped_process_goes_on_when_the_fault_is_over() -> None:
    """It is alive as before, while the rest of the run goes on."""
    async with scene("gateway") as world, asyncio.TaskGroup() as tasks:
        process = world.few.processes["gateway"]
        faults = [Fault(0.0, "stop", "gateway", lasts_s=0.5), Fault(0.0, "away", "sms", 600.0)]
        run = tasks.create_task(world.breaking.follow(faults))
        await until_still(process.pid)
        await until_still(process.pid, still=False)
        assert process.poll() is None
        assert not run.done()
        run.cancel()


async def test_nobody_stays_stopped_when_a_run_is_broken_off() -> None:
    """Ctrl-C leaves a platform that can be taken down in good order."""
    async with scene("gateway") as world, asyncio.TaskGroup() as tasks:
        process = world.few.processes["gateway"]
        run = tasks.create_task(world.suffer("stop", "gateway", lasts_s=600.0))
        await until_still(process.pid)
        run.cancel()
        await until_still(process.pid, still=False)
        assert world.done == []


async def test_who_is_down_already_is_waited_for() -> None:
    """Otherwise the report would count a fault that never happened."""
    async with scene("gateway", late=2) as world:
        await world.suffer("kill", "gateway")
        assert await ended(world.few.processes["gateway"]) == -signal.SIGKILL
        assert world.few.late == 0


async def test_a_service_dies_in_the_middle_of_an_outage_of_its_database() -> None:
    """The database first, the service a moment later."""
    async with scene("postgres", "ministries") as world:
        await world.suffer("kill_during_database_outage", "ministries", delay_s=0.1)
        assert await ended(world.few.processes["postgres"]) == signal.SIGQUIT
        assert await ended(world.few.processes["ministries"]) == -signal.SIGKILL


async def test_a_service_dies_while_the_broker_stands_still() -> None:
    """Its records are under way and not acknowledged when it is killed."""
    async with scene("kafka", "ministries") as world, asyncio.TaskGroup() as tasks:
        broker, service = (world.few.processes[name] for name in ("kafka", "ministries"))
        tasks.create_task(world.suffer("kill_during_broker_stop", "ministries", lasts_s=3.0))
        await until_still(broker.pid)
        assert await ended(service) == -signal.SIGKILL
        assert stands_still(broker.pid)
        await until_still(broker.pid, still=False)
        assert broker.poll() is None


@pytest.mark.parametrize(("kind", "killed"), [("member_leaves", False), ("member_is_killed", True)])
async def test_a_second_member_comes_and_goes(kind: Kind, killed: bool) -> None:
    """The first one of the service is left alone."""
    async with scene("ministries") as world:
        await world.suffer(kind, "ministries", lasts_s=0.1)
        assert world.few.asked == [
            ("add", "ministries", "1"),
            ("remove", "ministries", "1", killed),
        ]
        assert world.few.processes["ministries"].poll() is None


async def test_there_is_one_second_member_at_a_time() -> None:
    """One that drains for longer than it was to live holds up the next."""
    async with scene() as world:
        first = Fault(0.0, "member_leaves", "ministries", lasts_s=0.5)
        await world.breaking.follow([first, replace(first, at_s=0.1, target="applications")])
        assert [each[:2] for each in world.few.asked] == [
            ("add", "ministries"),
            ("remove", "ministries"),
            ("add", "applications"),
            ("remove", "applications"),
        ]


async def test_a_fault_that_could_not_be_done_is_not_counted_and_ends_no_run() -> None:
    """What was to be broken had not come up again: the others go on."""
    async with scene("gateway") as world:
        world.few.starts = False
        faults = [Fault(0.0, "member_leaves", "ministries"), Fault(0.1, "kill", "gateway")]
        await world.breaking.follow(faults)
        assert world.done == ["kill gateway"]


async def test_who_publishes_is_killed_when_another_one_stands_by() -> None:
    """Before that there would be nobody to take over, and nothing would be tried."""
    async with scene("ministries", relay=["publishes", "publishes", STANDS_BY]) as world:
        await world.suffer("kill_relay_holder", "ministries")
        assert await ended(world.few.processes["ministries"]) == -signal.SIGKILL
        assert [each.path for each in world.played.asked] == ["/health/ready"] * 3
        assert world.few.asked[-1] == ("remove", "ministries", "1", False)


async def test_what_is_outside_is_ordered_from_the_sandbox() -> None:
    """No process of ours is touched."""
    async with scene() as world:
        await world.suffer("away", "sms", lasts_s=0.1)
        assert world.played.orders == [
            ("PUT", "/faults/sms", {"down_for_s": 0.1}),
            ("DELETE", "/faults/sms", None),
        ]
        assert world.done == ["away sms"]


async def test_faults_begin_on_schedule_beside_each_other() -> None:
    """One that lasts holds up none that comes later; each has its times."""
    async with scene("gateway", "identity") as world:
        faults = [Fault(0.0, "stop", "gateway", lasts_s=1.0), Fault(0.2, "kill", "identity")]
        await world.breaking.follow(faults)
        second, first = world.breaking.done
        assert [second.fault, first.fault] == faults[::-1]
        assert first.began_s < second.began_s <= second.over_s < first.over_s


async def sit_in(kafka: EmbeddedKafka, group: str, topic: str) -> AIOKafkaConsumer:
    """Be a member of a group."""
    member = AIOKafkaConsumer(topic, **kafka.client, group_id=group)
    await member.start()
    async with asyncio.timeout(30):
        while not member.assignment():
            await asyncio.sleep(0.05)
    return member


async def test_offsets_are_lost_by_who_reads_alone(still_kafka: EmbeddedKafka) -> None:
    """All its groups begin anew; where another member holds one, the fault is not counted."""
    outsider = Outsider(still_kafka.client)
    busy, idle = (
        group_of("notifications", "applications.v1"),
        group_of("ministries", "catalogue.v1"),
    )
    since = dict.fromkeys(await outsider.ends([each.names()[0] for each in TOPICS]), 0)
    assert await outsider.rewind(idle, {("catalogue.v1", 0): 5})
    member = await sit_in(still_kafka, busy, "applications.v1")
    impatient = -20.0  # what it would wait for beyond the session
    async with scene(
        "ministries", "notifications", client=still_kafka.client, since=since
    ) as world:
        await world.breaking.follow(
            [
                Fault(0.0, "lose_offsets", "ministries"),
                Fault(0.0, "lose_offsets", "notifications", lasts_s=impatient),
            ]
        )
        assert world.done == ["lose_offsets ministries"]
        assert any("2 of 2 groups" in line for line in world.said)
        assert any("3 of 4 groups" in line for line in world.said)
        await until_still(*[each.pid for each in world.few.processes.values()], still=False)
    await member.stop()
    read: dict[Place, int] = (await outsider.committed([idle]))[idle]
    assert read["catalogue.v1", 0] == 0


@pytest.mark.parametrize("service", READING)
def test_a_group_is_called_as_its_consumer_calls_it(
    still_kafka: EmbeddedKafka, service: str
) -> None:
    """A name of our own would set back a group that nobody reads in."""
    for topic in TOPICS:
        if service in topic.readers:
            reader = consumer(Database(""), Hearing(), still_kafka, name=service, topic=topic)
            assert group_of(service, topic.name) == reader.group
