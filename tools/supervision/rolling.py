"""A platform on one machine whose services run the code of one release or of another.

Each service is reached through a forwarder, so that a process is added before another one ends, as
Kubernetes does. All releases run with the packages of this checkout.
"""

import asyncio
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import aiohttp

from libs.contracts.access import service_users
from operations.topics.access import apply_access
from operations.topics.admin import apply_topics
from services.registry import OPENERS, SERVICES, WITH_DATABASE
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.server import CHECKOUT
from tools.embedded.stack import FolderLock
from tools.embedded.together import together
from tools.supervision.forwarder import Forwarder
from tools.supervision.plan import FIRST, Plan, Replica, make_plan, make_replica
from tools.supervision.processes import (
    Processes,
    module_command,
    opener_command,
    service_command,
)
from tools.supervision.state import State
from tools.supervision.supervisor import NotReady, Progress, is_ready

RELEASES: Final = "releases"
"""Folder of unpacked releases; they stay when all else of a platform is deleted."""
_SANDBOX: Final = "sandbox"
_READY_WITHIN_S = 300.0
_LOOK_EVERY_S = 0.1
_NO_NEW_REQUESTS_S = 1.0  # the pause of `preStop`, five seconds in Kubernetes


class StepFailed(Exception):
    """A deploy step ended with another status than 0."""


@dataclass(frozen=True, slots=True)
class Release:
    """Code of the whole platform.

    Args:
        name: for people.
        tree: the top of its files.
    """

    name: str
    tree: Path

    def has(self, service: str) -> bool:
        """Whether the release has this service."""
        return (self.tree / "services" / service / "main.py").exists()

    def within(self, command: Sequence[str]) -> list[str]:
        """Return the command line that runs a command with this code."""
        return ["/usr/bin/env", "-C", str(self.tree), f"PYTHONPATH={self.tree}", *command]


TODAY = Release("today", CHECKOUT)
"""The code of this checkout."""


class RollingPlatform:
    """The platform of one folder.

    Args:
        folder: has data and logs, and is emptied first.
        progress: receives a line for people at every step.
        http: asks processes whether they are ready.
    """

    def __init__(self, folder: Path, *, progress: Progress, http: aiohttp.ClientSession) -> None:
        self.postgres = EmbeddedPostgres(folder / "postgres")
        self.kafka = EmbeddedKafka(folder / "kafka")
        self.processes = Processes(folder / "services", {})
        self._folder = folder
        self._progress = progress
        self._http = http
        self._lock = FolderLock(folder)
        self._forwarders: dict[str, Forwarder] = {}
        self._running: dict[str, Replica] = {}
        self._numbers = count()
        self._exit = AsyncExitStack()
        self._plan: Plan | None = None

    async def __aenter__(self) -> Self:
        """Start Kafka, PostgreSQL and the forwarders, and make the empty databases.

        Raises:
            EmbeddedStackFailed: the folder is in use, or a server cannot be started.
        """
        self._lock.acquire()
        async with AsyncExitStack() as started:  # all of it ends if the rest cannot be started
            started.callback(self._lock.release)
            await asyncio.to_thread(_empty, self._folder)
            await together([self.kafka.start(), self.postgres.start()])
            started.push_async_callback(self._stop_servers)
            self._plan = plan = await make_plan(self._folder)
            for service in WITH_DATABASE:
                await self.postgres.ensure_database(service, plan.database_password(service))
            for service in set(SERVICES) - {_SANDBOX}:
                forwarder = Forwarder(plan.ports[service])
                self._forwarders[service] = await started.enter_async_context(forwarder)
            started.push_async_callback(self.processes.stop)
            self._exit = started.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress("stopping everything")
        await self._exit.aclose()

    async def _stop_servers(self) -> None:
        await together([self.kafka.stop(), self.postgres.stop()])

    @property
    def plan(self) -> Plan:
        """Where everything is.

        Raises:
            NotReady: nothing has been started.
        """
        if self._plan is None:
            raise NotReady("nothing has been started")
        return self._plan

    def state(self) -> State:
        """Return the addresses of the platform."""
        return State(
            gateway=self.plan.url("gateway"),
            portal=self.plan.origin("portal"),
            desk=self.plan.origin("desk"),
            sandbox=self.plan.url(_SANDBOX),
            kafka={"bootstrap": self.kafka.bootstrap, "security": self.kafka.security},
            postgres={"pid": self.postgres.pid, "dsn": self.dsn()},
            services={},
        )

    def dsn(self) -> dict[str, str]:
        """Return the DSN of each service with a database, as its own role."""
        return {service: self.postgres.dsn(service, service) for service in WITH_DATABASE}

    async def install(self, release: Release) -> None:
        """Bring up a release with the sandbox; a service that it has not gets its database only."""
        self._progress(f"preparing databases and topics with {release.name}")
        await apply_topics(self.kafka.client)
        await apply_access(self.kafka.client, service_users(), self.plan.kafka_passwords())
        for service in WITH_DATABASE:
            await self.step(release if release.has(service) else TODAY, "migrate", service)
        services = [service for service in self._forwarders if release.has(service)]
        self._progress(f"starting {len(services)} services of {release.name}")
        await self.processes.add(
            _SANDBOX, service_command(_SANDBOX), self._environment(_SANDBOX, FIRST)
        )
        await together([self._start(service, release) for service in services])

    async def step(self, release: Release, *words: str) -> None:
        """Run a deploy step of a release.

        Raises:
            StepFailed: it ended with another status than 0.
        """
        process = await self.begin_step(release, *words)
        printed, _ = await process.communicate()
        if process.returncode:
            raise StepFailed(f"{' '.join(words)}: {printed.decode(errors='replace')}")

    async def begin_step(self, release: Release, *words: str) -> asyncio.subprocess.Process:
        """Begin a deploy step of a release, in the environment of its Job."""
        kafka = self.kafka.security
        passwords = {
            f"{user.upper()}_KAFKA_PASSWORD": password
            for user, password in self.plan.kafka_passwords().items()
        }
        owners = {f"{name.upper()}_DSN": self.postgres.owner_dsn(name) for name in WITH_DATABASE}
        return await asyncio.create_subprocess_exec(
            *release.within(module_command("services", *words)),
            env={
                **os.environ,  # noqa: TID251  # a child inherits it, as from any shell
                **passwords,
                **owners,
                "NAGORIK_KAFKA_BOOTSTRAP": self.kafka.bootstrap,
                "NAGORIK_KAFKA_SECURITY": kafka["protocol"],
                "KAFKA_USER": kafka["username"],
                "KAFKA_PASSWORD": kafka["password"],
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def replace(self, service: str, release: Release, *, kill_first: bool = False) -> None:
        """Replace the process of a service by one of another release, without a gap.

        A service that does not run yet is started.

        Args:
            service: its name.
            release: whose code the new process runs.
            kill_first: kill the first new process when it is ready, and begin anew.

        Raises:
            NotReady: the new process did not become ready; the old one still runs.
            StepFailed: the old process did not drain.
        """
        before = self._running.get(service)
        if kill_first:
            killed = await self._add(service, release)
            await self._remove(service, killed, kill=True)
        await self._start(service, release)
        if before is not None:
            await asyncio.sleep(_NO_NEW_REQUESTS_S)
            status = await self._remove(service, before)
            if status != 0:
                raise StepFailed(f"{service} drained with status {status}")

    async def _start(self, service: str, release: Release) -> None:
        """Start a process, and give it all new connections."""
        replica = await self._add(service, release)
        self._forwarders[service].target = replica.port
        self._running[service] = replica

    async def _add(self, service: str, release: Release) -> Replica:
        """Start a process, with its opener, and wait until it is ready."""
        name = f"{service}-{next(self._numbers)}"
        folder = self._folder / "services" / name
        folder.mkdir(parents=True, exist_ok=True)
        replica = await make_replica(folder, name)
        environment = self._environment(service, replica)
        if service in OPENERS:
            socket = self._folder / "openers" / name / "socket"
            environment[f"{service.upper()}_OPENER"] = str(socket)
            opener = release.within(opener_command(service, socket))
            await self.processes.add(f"{name}-opener", opener, {})
        environment["NAGORIK_RELEASE"] = release.name
        await self.processes.add(name, release.within(service_command(service)), environment)
        await self._until_ready(name, replica)
        return replica

    async def _remove(self, service: str, replica: Replica, *, kill: bool = False) -> int | None:
        status = await self.processes.remove(replica.name, kill=kill)
        if service in OPENERS:
            await self.processes.remove(f"{replica.name}-opener")
        return status

    async def _until_ready(self, name: str, replica: Replica) -> None:
        until_s = time.monotonic() + _READY_WITHIN_S
        while not await is_ready(self._http, f"{Plan.url_at(replica.port)}/health/ready"):
            if time.monotonic() > until_s:
                (log,) = self.processes.log_paths([name])
                raise NotReady(f"{name} did not become ready; see {log}")
            await asyncio.sleep(_LOOK_EVERY_S)

    def _environment(self, service: str, replica: Replica) -> dict[str, str]:
        environment = self.plan.environment(
            service,
            bootstrap=self.kafka.bootstrap,
            dsn=self.dsn(),
            replica=replica,
            secured=True,
        )
        # Readers of the last release may run: what they do not know is not announced.
        return environment | ({"CATALOGUE_GRIEVANCES": "false"} if service == "catalogue" else {})

    def operators(self, service: str) -> Mapping[str, str]:
        """Return the environment of an operator's command for a service."""
        return self._environment(service, FIRST)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and path.name != RELEASES:
            shutil.rmtree(path)
