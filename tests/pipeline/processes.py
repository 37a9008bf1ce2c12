"""Every service as the process it is in production, with Kafka and PostgreSQL to be taken away."""

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from aiokafka.admin import AIOKafkaAdminClient

from libs.contracts.export import slug_of
from libs.contracts.topics import TOPICS
from services.registry import SERVICES
from tests.waiting import until
from tools.demo.demo import Demo, Found
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres
from tools.supervision.supervisor import Supervisor, is_ready

Member = dict[str, Any]


class Everything:
    """The processes of one folder; what dies stays down."""

    def __init__(self, supervisor: Supervisor, http: aiohttp.ClientSession) -> None:
        self.supervisor = supervisor
        self.http = http
        assert supervisor.kafka is not None
        assert supervisor.postgres is not None
        self.kafka = supervisor.kafka
        self.postgres = supervisor.postgres
        self.servers: Mapping[str, EmbeddedKafka | EmbeddedPostgres] = {
            "kafka": self.kafka,
            "postgres": self.postgres,
        }
        self.processes = supervisor.processes

    def url(self, service: str) -> str:
        """Base URL of a service."""
        return self.supervisor.plan.url(service)

    async def drain(self, service: str) -> int | None:
        """Send SIGTERM, and return the exit status; None when it took more than 15 seconds."""
        return await self.processes.drain(service)

    async def kill(self, name: str) -> None:
        """Kill the process of a service, of Kafka or of PostgreSQL."""
        server = self.servers.get(name)
        pid = server.pid if server else self.processes.pids()[name]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

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

    async def until(self, path: str, status: int, services: Sequence[str] = SERVICES) -> None:
        """Wait until the health check of services has this status."""
        for service in services:
            await until(partial(self._has_status, service, path, status), within_s=90)

    async def _has_status(self, service: str, path: str, status: int) -> bool:
        return await self.status(service, path) == status

    async def members(self, service: str) -> list[Member]:
        """The members of a service's consumer groups."""
        groups = [f"{service}.{slug_of(topic)}" for topic in TOPICS if service in topic.readers]
        admin = AIOKafkaAdminClient(**self.kafka.client)
        await admin.start()
        try:
            # One at a time: the client stumbles over an answer about several.
            described = [await admin.describe_consumer_groups([group]) for group in groups]
        finally:
            await admin.close()
        found = [group for (each,) in described for group in each.to_object()["groups"]]
        return [member for group in found for member in group["members"]]

    async def repeated(self, service: str) -> float:
        """How many records a service has met that it had handled before."""
        return await self.counted(self.url(service), "events_repeated")

    async def counted(self, url: str, what: str) -> float:
        """What the process at a base URL has counted under a name since it started."""
        async with self.http.get(f"{url}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return sum(
            float(line.rsplit(" ", 1)[1])
            for line in lines
            if line.startswith(f"nagorik_{what}_total")
        )

    @asynccontextmanager
    async def second(self, service: str) -> AsyncIterator[str]:
        """One more process of a service, at the base URL that is given; it drains at the end."""
        url = await self.supervisor.add_replica(service, "1")
        try:
            await until(lambda: is_ready(self.http, f"{url}/health/ready"), within_s=60)
            yield url
        finally:
            await self.supervisor.remove_replica(service, "1")

    async def demo(self, applications: int, *, rate_per_s: float = 4.0) -> Found:
        """Citizens apply, and are followed to their answers."""
        demo = Demo(
            self.http,
            gateway=self.url("gateway"),
            sandbox=self.url("sandbox"),
            applications=applications,
            rate_per_s=rate_per_s,
        )
        return await demo.run(lambda _: None)


@asynccontextmanager
async def everything() -> AsyncIterator[Everything]:
    """Bring it all up, and take it down again."""
    folder = Path(tempfile.mkdtemp(prefix="nagorik-processes-"))
    async with (
        Supervisor(folder, progress=lambda _: None) as supervisor,
        aiohttp.ClientSession() as http,
    ):
        yield Everything(supervisor, http)
    shutil.rmtree(folder, ignore_errors=True)
