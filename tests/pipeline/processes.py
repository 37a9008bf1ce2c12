"""Each service in its own process, as in production; Kafka and PostgreSQL can be stopped."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from libs.contracts.access import group_of
from libs.contracts.topics import TOPICS
from libs.messaging.kafka.administering import administering
from services.registry import SERVICES
from tests.brokers import Brokers
from tests.folders import server_folder
from tests.load.steady import Load
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.kafka_node import KafkaNode
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.processes import start_time
from tools.ledger import LedgerReader
from tools.supervision.state import State, read_state
from tools.supervision.supervisor import STATE_FILE, Supervisor, is_ready
from tools.virtual_users.citizen import Api

RATE_PER_S = 3.0

Member = dict[str, Any]


class Everything:
    """The processes of one folder. One that ends stays down unless the supervisor watches."""

    def __init__(self, supervisor: Supervisor, http: aiohttp.ClientSession, folder: Path) -> None:
        self.supervisor = supervisor
        self.http = http
        assert supervisor.kafka is not None
        assert supervisor.postgres is not None
        self.kafka: EmbeddedKafka = supervisor.kafka
        self.postgres: EmbeddedPostgres = supervisor.postgres
        self.brokers = Brokers(self.kafka.client)
        self.processes = supervisor.processes
        self.folder = folder

    def url(self, service: str) -> str:
        """Base URL of a service."""
        return self.supervisor.plan.url(service)

    def state(self) -> State:
        """The content of `state.json`. It follows changes only while the supervisor watches."""
        state = read_state(self.folder / STATE_FILE)
        assert state is not None
        return state

    async def node_with(self, part: str) -> KafkaNode:
        """The broker with a role: `leader`, `coordinator` or `controller`."""
        return self.kafka.nodes[await self.brokers.who_is(part)]

    async def kill(self, name: str) -> None:
        """Kill a process, and wait until `state.json` names another in its place."""
        before = pids_of(self.supervisor.state())[name]
        assert before is not None
        os.kill(before, signal.SIGKILL)
        await until(lambda: pids_of(self.state())[name] not in {before, None})

    async def start(self, *services: str) -> None:
        """Launch services."""
        for service in services:
            await self.processes.start_one(service)

    async def status(self, service: str, path: str) -> int:
        """The status of a health check; 0 while nothing listens."""
        try:
            async with self.http.get(f"{self.url(service)}/health/{path}") as answer:
                return answer.status
        except aiohttp.ClientError:
            return 0

    async def told(self) -> str:
        """What every service says of itself, for whoever reads why a test failed."""
        answers = []
        for service in SERVICES:
            async with self.http.get(f"{self.url(service)}/health/ready") as answer:
                answers.append(f"{service} {answer.status} {await answer.text()}")
        return "\n".join(answers)

    def warned(self) -> str:
        """The last warnings of every service, for whoever reads why a test failed."""
        return "\n".join(
            f"{service} {line}"
            for service in SERVICES
            for path in self.processes.log_paths([service])
            for line in path.read_text(errors="replace").splitlines()[-300:]
            if '"level": "info"' not in line
        )

    async def until(self, path: str, status: int, services: Sequence[str] = SERVICES) -> None:
        """Wait until the health check of services has this status."""
        for service in services:
            await until(partial(self._has_status, service, path, status))

    async def _has_status(self, service: str, path: str, status: int) -> bool:
        return await self.status(service, path) == status

    async def members(self, service: str) -> list[Member]:
        """The members of a service's consumer groups."""
        groups = {group_of(service, topic) for topic in TOPICS if service in topic.readers}
        async with administering(self.kafka.client) as admin:
            # One at a time: the client stumbles over an answer about several.
            described = [await admin.describe_consumer_groups([group]) for group in groups]
        found = [group for (each,) in described for group in each.to_object()["groups"]]
        return [member for group in found for member in group["members"]]

    async def counted(self, url: str, what: str) -> float:
        """The value of a counter of the process at a base URL."""
        async with self.http.get(f"{url}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return sum(
            float(line.rsplit(" ", 1)[1])
            for line in lines
            if line.startswith(f"nagorik_{what}_total")
        )

    @asynccontextmanager
    async def second_processes(self, services: Sequence[str]) -> AsyncIterator[list[str]]:
        """Start a second process of each service; yield their base URLs, and drain them."""
        urls = [await self.supervisor.add_replica(service, "1") for service in services]
        try:
            for url in urls:
                await until(partial(is_ready, self.http, f"{url}/health/ready"))
            yield urls
        finally:
            await asyncio.gather(*(self.supervisor.remove_replica(each, "1") for each in services))

    @asynccontextmanager
    async def applying(self) -> AsyncIterator[Load]:
        """A citizen applies at a steady rate. At the end every application has one answer."""
        ledger, stop = LedgerReader(self.http, self.url("sandbox")), asyncio.Event()
        await ledger.skip_to_end()
        async with ledger.following():
            load = await Load.begin(Api(self.http, self.url("gateway")), ledger, RATE_PER_S)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(load.run(stop))
                await more_accepted(load, 1)
                yield load
                stop.set()
            measures = await load.until_answered()
            told = "" if measures.nothing_lost_or_doubled else await self.told()
        assert measures.nothing_lost_or_doubled, f"{measures}\n{told}"


def pids_of(state: State) -> Mapping[str, int | None]:
    """Every process that a state names: services, openers, brokers and PostgreSQL."""
    services = {name: part["pid"] for name, part in (state.services | state.openers).items()}
    brokers = {f"kafka {node}": pid for node, pid in state.kafka["pids"].items()}
    return {**services, **brokers, "postgres": state.postgres["pid"]}


async def more_accepted(load: Load, count: int) -> None:
    """Wait until so many more applications were accepted."""
    before = len(load.accepted)
    await until(lambda: len(load.accepted) >= before + count)


@asynccontextmanager
async def everything(*, brokers: int = 3) -> AsyncIterator[Everything]:
    """Bring it all up on some brokers, and take it down again, to the last process."""
    with server_folder("processes") as folder:
        async with (
            Supervisor(folder, progress=lambda _: None, brokers=brokers) as supervisor,
            aiohttp.ClientSession() as http,
        ):
            up = Everything(supervisor, http, folder)
            yield up
            pids = pids_of(supervisor.state())
        left = {name for name, pid in pids.items() if pid and start_time(pid) is not None}
        assert left == set()
        assert not (folder / STATE_FILE).exists()
