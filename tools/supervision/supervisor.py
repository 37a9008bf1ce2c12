"""Starts the whole platform on one machine, keeps it running, and stops it."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
import structlog

from libs.contracts.access import OPERATORS, service_users
from libs.database.migrate import migrate
from libs.messaging.kafka.broker import Broker
from libs.settings import ServiceSettings
from operations.topics.access import apply_access
from operations.topics.admin import apply_topics
from services.registry import OPENERS, SERVICES, WITH_DATABASE
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.kafka_node import KafkaNode
from tools.embedded.postgres import EmbeddedPostgres
from tools.embedded.server import CHECKOUT
from tools.embedded.stack import FolderLock
from tools.embedded.together import together
from tools.supervision.connections import connect_sandbox
from tools.supervision.plan import FIRST, Plan, Replica, make_plan, make_replica
from tools.supervision.processes import (
    Processes,
    module_command,
    opener_command,
    service_command,
)
from tools.supervision.state import State

STATE_FILE = "state.json"

_SERVICES_FOLDER = "services"
_READY_WITHIN_S = 300.0  # only what hangs takes so long
_WATCH_EVERY_S = 0.2

log = structlog.get_logger()

Progress = Callable[[str], None]


class NotReady(Exception):
    """A service did not become ready in time."""


class _Server(Protocol):
    @property
    def is_running(self) -> bool: ...

    async def start(self) -> str: ...


class Supervisor:
    """The platform of one folder: Kafka, PostgreSQL and every service.

    Args:
        folder: has data, logs and `state.json`.
        progress: receives a line for people at every step.
        kafka_login: the operators' login to existing brokers; None starts some.
        dsn: DSN by service of existing databases; None starts PostgreSQL.
        brokers: how many to start; None takes as many as the folder was made with, one if new.
        flush_every_append: whether an embedded broker writes to disk before it acknowledges.
        outside: a module that runs in place of the sandbox; empty for the sandbox.
        mixed_ministries: whether the sandbox's ministries have systems of all kinds.
        without: services that are not started, e.g. while their databases are restored; others may
            not become ready without them, and are not waited for.
    """

    def __init__(  # noqa: PLR0913
        self,
        folder: Path,
        *,
        progress: Progress,
        kafka_login: ServiceSettings | None = None,
        dsn: Mapping[str, str] | None = None,
        brokers: int | None = None,
        flush_every_append: bool = False,
        outside: str = "",
        mixed_ministries: bool = False,
        without: Collection[str] = (),
    ) -> None:
        self._folder = folder
        self._progress = progress
        self._bootstrap = kafka_login.kafka_bootstrap if kafka_login else ""
        self._dsn = dict(dsn or {})
        self._owner_dsn = dict(dsn or {})
        self._outside = outside
        self._mixed_ministries = mixed_ministries
        self._without = without
        self._lock = FolderLock(folder)
        self._brokers = (
            Broker(OPERATORS, kafka_login)
            if kafka_login
            else EmbeddedKafka(
                folder / "kafka", brokers=brokers, flush_every_append=flush_every_append
            )
        )
        self.kafka = self._brokers if isinstance(self._brokers, EmbeddedKafka) else None
        self.postgres = None if dsn else EmbeddedPostgres(folder / "postgres")
        self._processes: Processes | None = None
        self._plan: Plan | None = None

    async def __aenter__(self) -> Self:
        """Start everything, and return when every service is ready.

        Raises:
            EmbeddedStackFailed: Kafka or PostgreSQL cannot be started, or the folder is in use.
            NotReady: a service does not become ready.
        """
        self._lock.acquire()
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    async def watch(self, stop: asyncio.Event) -> None:
        """Restart every process that dies, until `stop` is set."""
        processes = self.processes
        async with asyncio.TaskGroup() as watches:
            watches.create_task(processes.watch(stop, self._write_state))
            for name, server in self._servers().items():
                watches.create_task(self._keep_up(name, server, stop))

    async def add_replica(self, service: str, name: str) -> str:
        """Start one more process of a service; return its base URL.

        It is a further member of the service's consumer groups, stands by as its relay, and is kept
        up until it is removed. `state.json` names the first one only.

        Raises:
            NotReady: nothing has been started.
        """
        plan, processes = self.plan, self.processes
        full_name = f"{service}-{name}"
        folder = self._folder / _SERVICES_FOLDER / full_name
        folder.mkdir(parents=True, exist_ok=True)
        replica = await make_replica(folder, name)
        environment = self._environment(plan, service, replica)
        await processes.add(full_name, service_command(service), environment)
        return plan.url_at(replica.port)

    async def remove_replica(self, service: str, name: str, *, kill: bool = False) -> None:
        """Drain or kill a process that was added.

        Raises NotReady when nothing has been started.
        """
        await self.processes.remove(f"{service}-{name}", kill=kill)

    async def _start(self) -> None:
        self._progress("starting Kafka and PostgreSQL")
        await together([server.start() for server in (self.kafka, self.postgres) if server])
        if self.kafka is not None:
            self._bootstrap = self.kafka.bootstrap
        self._progress("preparing databases and topics")
        self._plan = plan = await make_plan(self._folder)
        await together([self._prepare_databases(plan), self._prepare_brokers(plan)])
        started = [name for name in SERVICES if name not in self._without]
        environments = {name: self._environment(plan, name) for name in started}
        self._processes = processes = Processes(
            self._folder / _SERVICES_FOLDER, environments, command=self._command
        )
        self._progress(f"starting {len(started)} services")
        await processes.start()
        for service, name in OPENERS.items():
            socket = plan.opener_socket(service)
            only = {"PYTHONPATH": str(CHECKOUT)}
            await processes.add(name, opener_command(service, socket), environment=only)
        self._write_state()
        if not self._without:
            await self._until_ready(plan)

    def _command(self, service: str) -> Sequence[str]:
        if service == "sandbox" and self._outside:
            return module_command(self._outside)
        return service_command(service)

    def _environment(self, plan: Plan, service: str, replica: Replica = FIRST) -> dict[str, str]:
        return plan.environment(
            service,
            bootstrap=self._bootstrap,
            dsn=self._dsn,
            replica=replica,
            secured=self.kafka is not None,
        )

    async def _prepare_brokers(self, plan: Plan) -> None:
        """Make the topics; on our own brokers also the users of the services."""
        await apply_topics(self._brokers.client, replicas=min(3, len(self._nodes()) or 1))
        if self.kafka is not None:
            await apply_access(self.kafka.client, service_users(), plan.kafka_passwords())

    async def _prepare_databases(self, plan: Plan) -> None:
        for service in WITH_DATABASE:
            if self.postgres is not None:
                password = plan.database_password(service)
                self._dsn[service] = await self.postgres.ensure_database(service, password)
                self._owner_dsn[service] = self.postgres.owner_dsn(service)
            await migrate(self._owner_dsn[service], service)
        await connect_sandbox(
            self._dsn["ministries"],
            plan.url("sandbox"),
            file_server=plan.file_server,
            secret=plan.ministry_secret,
            mixed=self._mixed_ministries,
        )

    async def _until_ready(self, plan: Plan) -> None:
        self._progress("waiting until every service is ready")
        waiting = set(SERVICES)
        async with aiohttp.ClientSession() as http:
            try:
                async with asyncio.timeout(_READY_WITHIN_S):
                    while waiting:
                        ready = {
                            name for name in waiting if await is_ready(http, _health(plan, name))
                        }
                        waiting -= ready
                        await asyncio.sleep(0.05)
            except TimeoutError:
                logs = ", ".join(map(str, self.processes.log_paths(sorted(waiting))))
                raise NotReady(
                    f"{', '.join(sorted(waiting))} did not become ready; see {logs}"
                ) from None

    def _servers(self) -> dict[str, _Server]:
        """Our own servers by name; each is watched by itself."""
        servers: dict[str, _Server] = {"postgres": self.postgres} if self.postgres else {}
        for node_id, node in self._nodes().items():
            servers[f"kafka {node_id}"] = node
        return servers

    def _nodes(self) -> Mapping[int, KafkaNode]:
        return self.kafka.nodes if self.kafka else {}

    async def _keep_up(self, name: str, server: _Server, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if not server.is_running:
                log.warning("server died", server=name)
                try:
                    await server.start()
                except (EmbeddedStackFailed, OSError, TimeoutError) as failure:
                    log.exception("server cannot be started", reason=str(failure))
                    await asyncio.sleep(1.0)
                self._write_state()
            await asyncio.sleep(_WATCH_EVERY_S)

    def state(self) -> State:
        """Return the processes of the platform, and their addresses.

        Raises:
            NotReady: nothing has been started.
        """
        plan, pids = self.plan, self.processes.pids()
        postgres_pid = self.postgres.pid if self.postgres else None
        return State(
            gateway=plan.url("gateway"),
            portal=plan.origin("portal"),
            desk=plan.origin("desk"),
            sandbox=plan.url("sandbox"),
            kafka=self._kafka_state(),
            postgres={
                "pid": postgres_pid,
                "dsn": self._dsn,
                "owner_dsn": self._owner_dsn,
            },
            services={
                name: {"pid": pids.get(name), "health": _health(plan, name)} for name in SERVICES
            },
            openers={name: {"pid": pids.get(name)} for name in OPENERS.values()},
        )

    def _kafka_state(self) -> dict[str, Any]:
        pids = {str(node_id): node.pid for node_id, node in self._nodes().items()}
        return {
            "bootstrap": self._bootstrap,
            "pid": pids.get("1"),
            "pids": pids,
            "security": self._brokers.security,
        }

    def _write_state(self) -> None:
        self.state().write(self._folder / STATE_FILE)

    @property
    def plan(self) -> Plan:
        """Where everything is.

        Raises:
            NotReady: nothing has been started.
        """
        if self._plan is None:
            raise NotReady("nothing has been started")
        return self._plan

    @property
    def processes(self) -> Processes:
        """The processes of the services.

        Raises:
            NotReady: they have not been started.
        """
        if self._processes is None:
            raise NotReady("the services have not been started")
        return self._processes

    async def _stop(self) -> None:
        try:
            if self._processes is not None:
                self._progress("draining the services")
                await self._processes.stop()
            self._progress("stopping Kafka and PostgreSQL")
            await together([server.stop() for server in (self.kafka, self.postgres) if server])
        finally:
            (self._folder / STATE_FILE).unlink(missing_ok=True)
            self._lock.release()


def _health(plan: Plan, service: str) -> str:
    return f"{plan.url(service)}/health/ready"


async def is_ready(http: aiohttp.ClientSession, health: str) -> bool:
    """Whether a process answers within two seconds that it is ready."""
    try:
        async with http.get(health, timeout=aiohttp.ClientTimeout(total=2)) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
