"""An upgrade under load: the last release runs, the code of today comes in, and goes out again.

Each step is that of a deployment: topics, migrations, then one process after another. Halfway
through, a migration and a new process are killed, and the step is run again. The busiest topic gets
twice its partitions meanwhile.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final

import aiohttp

from libs.contracts.topics import APPLICATIONS
from libs.database.migrate import migrations_of
from libs.database.pool import Database
from services.registry import SERVICES, WITH_DATABASE
from tools.chaos import queries
from tools.chaos.inspector import TopicInspector
from tools.chaos.report import Result
from tools.chaos.run import Observation, Run
from tools.chaos.virtual_users import VirtualUsers
from tools.supervision.rolling import TODAY, Release, RollingPlatform, StepFailed
from tools.virtual_users.counter import command_with

PARTITIONS: Final = 2 * APPLICATIONS.partitions
_KILLED: Final = "applications"
"""Whose first new process is killed: it takes applications, reads topics, and publishes."""
_BEFORE_AND_AFTER_S = 10.0
_DECISION_DELAY_MS = 10_000  # so that keys change their partition in the middle of applications
_LOOKS_EVERY_S = 0.5
_POLL_S = 0.05


@dataclass(slots=True)
class Answers:
    """The answers of gateway, portal and desk to clients.

    Args:
        ports: of these.
        count: of all requests.
        errors: answers of 500 and above, by method, beginning of the path, and status.
        lost: requests whose connection broke; a client repeats them.
    """

    ports: frozenset[int] = frozenset()
    count: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    lost: int = 0

    def tracing(self) -> aiohttp.TraceConfig:
        """Return what counts the answers of an HTTP client."""
        config = aiohttp.TraceConfig()
        config.on_request_end.append(self._on_answer)
        config.on_request_exception.append(self._on_failure)
        return config

    async def _on_answer(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, answer: aiohttp.TraceRequestEndParams
    ) -> None:
        if answer.url.port not in self.ports:
            return
        self.count += 1
        if answer.response.status >= 500:
            path = "/".join(answer.url.path.split("/")[:3])
            self.errors[f"{answer.response.status} for {answer.method} {path}"] += 1

    async def _on_failure(
        self,
        _: aiohttp.ClientSession,
        __: SimpleNamespace,
        failed: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        if failed.url.port in self.ports:
            self.lost += 1


@dataclass(frozen=True, slots=True)
class UpgradeResult:
    """The result of an upgrade.

    Args:
        chaos: what all sides saw, as after a run of chaos.
        migrations: that today's code has and the last release has not.
        replaced: processes that were replaced, forth and back.
        answers: of clients.
        moved: applications with events in two partitions of `applications.v1`.
    """

    chaos: Result
    migrations: list[str]
    replaced: int
    answers: Answers
    moved: int

    @property
    def all_is_well(self) -> bool:
        """Whether no client was answered with an error, and nothing is wrong."""
        return self.chaos.all_is_well and not self.answers.errors and self.moved > 0

    def as_json(self) -> dict[str, Any]:
        """Return what chaos does not count."""
        return {
            "migrations": self.migrations,
            "replaced": self.replaced,
            "requests": self.answers.count,
            "answered_5xx": dict(self.answers.errors),
            "connections_lost": self.answers.lost,
            "applications_in_two_partitions": self.moved,
        }


class Upgrade:
    """One upgrade, and the way back.

    Args:
        platform: runs; nothing is installed.
        release: the last one.
        http: of the clients, whose answers are counted.
        answers: counts them.
        seed: determines what citizens do.
        rate_per_s: how many citizens apply in a second.
        progress: prints the progress.
    """

    def __init__(  # noqa: PLR0913
        self,
        platform: RollingPlatform,
        release: Release,
        http: aiohttp.ClientSession,
        answers: Answers,
        *,
        seed: int,
        rate_per_s: float,
        progress: Callable[[str], None],
    ) -> None:
        self._platform = platform
        self._release = release
        self._http = http
        self._answers = answers
        self._seed = seed
        self._rate_per_s = rate_per_s
        self._progress = progress
        self._happened: Counter[str] = Counter()
        self._migrations: list[str] = []
        self._replaced = 0
        self._lasted_s = 0.0

    async def run(self) -> UpgradeResult:
        """Install the last release, replace it by today's code and back under load, and check."""
        await self._platform.install(self._release)
        run = Run(
            self._platform.state(),
            self._http,
            seed=self._seed,
            rate_per_s=self._rate_per_s,
            progress=self._progress,
            run=command_with(self._platform.operators("identity"), tree=self._release.tree),
        )
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._platform.processes.watch(stop, lambda: None))
            try:
                observed = await run.observe(self._under_load, decision_delay_ms=_DECISION_DELAY_MS)
            finally:
                stop.set()
        return self._result(observed)

    async def _under_load(self, users: VirtualUsers) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        async with asyncio.TaskGroup() as tasks:
            load = [
                tasks.create_task(users.click(float("inf"))),
                tasks.create_task(self._look_at_pages()),
            ]
            await asyncio.sleep(_BEFORE_AND_AFTER_S)
            await self._forth_and_back()
            await asyncio.sleep(_BEFORE_AND_AFTER_S)
            for task in load:
                task.cancel()
        self._lasted_s = loop.time() - began_s

    async def _forth_and_back(self) -> None:
        self._progress("topics and migrations of today, while the last release runs")
        await self._platform.step(TODAY, "topics", "apply")
        for service in filter(self._release.has, WITH_DATABASE):
            await self._migrate(service)
        self._progress(f"{APPLICATIONS.name} gets {PARTITIONS} partitions")
        inspector = TopicInspector(self._platform.kafka.client)
        await inspector.add_partitions(APPLICATIONS.name, PARTITIONS)
        for service in self._readers_first():
            self._progress(f"{service}: today's code comes in")
            is_killed = service == _KILLED
            await self._platform.replace(service, TODAY, kill_first=is_killed)
            self._happened[f"kill new process of {service}"] += is_killed
            self._replaced += 1
        for service in filter(self._release.has, reversed(self._readers_first())):
            self._progress(f"{service}: the last release's code comes back")
            await self._platform.replace(service, self._release)
            self._replaced += 1

    def _readers_first(self) -> list[str]:
        """The services in an order in which no event comes to a reader that does not know it."""
        return [service for service in reversed(SERVICES) if service != "sandbox"]

    async def _migrate(self, service: str) -> None:
        """Migrate a database; the first attempt is killed when a file is applied and not noted.

        Raises:
            StepFailed: it did not finish when it was run again.
        """
        database = Database(self._platform.postgres.owner_dsn(service), connections=2)
        async with database.transaction() as tx:
            before = await queries.applied_migrations(tx)
        new = [file.name for file in migrations_of(service) if file.name not in before]
        if new:
            await self._kill_at_its_note(database, service, new[0])
        await self._platform.step(TODAY, "migrate", service)
        async with database.transaction() as tx:
            after = await queries.applied_migrations(tx)
        await database.close()
        if missing := set(new) - after:
            raise StepFailed(f"migrate {service}: {missing} are not applied")
        self._migrations += [f"{service}: {name}" for name in new]

    async def _kill_at_its_note(self, database: Database, service: str, name: str) -> None:
        """Kill a migration that waits to note a file, since a transaction has its name.

        Raises:
            StepFailed: it did not come to that file.
        """
        holding = await database.dedicated()
        transaction = holding.transaction()
        await transaction.start()
        await queries.note_migration(holding, name)
        process = await self._platform.begin_step(TODAY, "migrate", service)
        while not await self._is_at_its_note(database):
            if process.returncode is not None:
                raise StepFailed(f"migrate {service} ended before it could be killed")
            await asyncio.sleep(_POLL_S)
        process.kill()
        await process.wait()
        await transaction.rollback()
        await holding.close()
        self._happened[f"kill migration of {service}"] += 1

    async def _is_at_its_note(self, database: Database) -> bool:
        async with database.transaction() as tx:
            return await queries.is_migration_at_its_note(tx)

    async def _look_at_pages(self) -> None:
        """Open the first pages of portal and desk, again and again."""
        state = self._platform.state()
        while True:
            for page in (f"{state.portal}/", f"{state.desk}/login"):
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with self._http.get(page) as answer:
                        await answer.read()
            await asyncio.sleep(_LOOKS_EVERY_S)

    def _result(self, observed: Observation) -> UpgradeResult:
        return UpgradeResult(
            chaos=Result(
                seed=self._seed,
                faults=+self._happened,
                accepted=observed.accepted,
                helped=observed.helped,
                found=observed.findings(),
                recoveries=[],
                load_per_s=observed.accepted / self._lasted_s,
                problems=observed.problems,
                journeys=len(observed.evidence.journeys),
            ),
            migrations=self._migrations,
            replaced=self._replaced,
            answers=self._answers,
            moved=moved(observed),
        )


def moved(observed: Observation) -> int:
    """Count the applications whose events are in more than one partition of `applications.v1`."""
    places: defaultdict[str, set[int]] = defaultdict(set)
    for seen in observed.evidence.records:
        if seen.topic == APPLICATIONS.name:
            places[seen.key].add(seen.place[1])
    return sum(len(partitions) > 1 for partitions in places.values())
