"""PostgreSQL and Kafka for the tests that need them, started once per run.

They do not write to disk before they answer: tests kill them, but not the machine.
"""

import gc
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
import structlog
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from libs.database.migrate import migrate
from libs.database.pool import Database
from libs.database.transaction import Transaction
from operations.topics.admin import apply_topics
from tests.brokers import OWN_ADAPTERS, fresh_topics, remake_topics
from tests.ciphers import make_cipher
from tests.costs import in_words
from tests.folders import server_folder
from tests.scheduling import Scheduling, file_of, place_of, reading_order
from tests.second_try import EXIT_STATUS
from tests.waiting import PATIENCE_S
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.ports import free_port
from tools.embedded.postgres import EmbeddedPostgres

SERVERS = frozenset({"postgres", "kafka", "second_kafka"})
"""Fixtures that start a server."""

DatabaseFor = Callable[[str], Awaitable[Database]]


def pytest_configure(config: pytest.Config) -> None:
    """Print failures without the values of local variables: to lay them out takes 30 ms each.

    The collector runs as rarely as in a service, also while tests are collected. Each process of
    xdist reads the files in an order of its own.
    """
    if hasattr(config, "workerinput"):  # xdist's, in each of its processes
        process = int(config.workerinput["workerid"].removeprefix("gw"))
        processes = config.workerinput["workercount"]
        ignored = config.getoption("ignore") or ()
        config.args[:] = reading_order(config.args, ignored, process, processes)
    gc.set_threshold(100_000, 20, 50)
    # Hypothesis would measure a busy machine: a unit test has no bound on the time by the clock.
    settings.register_profile(
        "busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("busy machine")
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    # To standard error, as a service does, and not to whatever sys.stdout is when a line is logged:
    # while a test runs a command, that is the command's output, in which lines are looked for.
    structlog.configure(
        processors=[*structlog.get_config()["processors"][:-1], plain],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what a second of a test costs, above the slowest tests (`--durations`)."""
    reports = [
        report
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport)
    ]
    if reports and (slowest := config.getoption("durations")):
        durations_s: defaultdict[str, float] = defaultdict(float)
        for report in reports:
            durations_s[report.nodeid] += report.duration
        run_s = max(report.stop for report in reports) - min(report.start for report in reports)
        terminalreporter.write_line(in_words(durations_s, run_s, slowest))


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what `-m` does not name
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests into the order in which processes take them, and mark those of servers."""
    items.sort(key=lambda item: place_of(file_of(item.nodeid)))
    for item in items:
        if not SERVERS.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("servers")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep how the run ended, for `tests/second_try.py`; a process of xdist does not know."""
    if getattr(session.config, "cache", None) and not hasattr(session.config, "workerinput"):
        session.config.cache.set(EXIT_STATUS, int(exitstatus))


@pytest.hookimpl(optionalhook=True)  # without xdist there is nothing to schedule
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Let one process run files that belong together."""
    return Scheduling(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """As a service does: modules and tests stay, so the collector need not scan them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def log_configuration() -> Iterator[None]:
    """Logging is configured per process: each test leaves it as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def unused_tcp_port() -> int:
    """A port that no outgoing connection takes before the test listens on it."""
    return free_port()


@pytest.fixture(scope="session")
async def postgres() -> AsyncIterator[EmbeddedPostgres]:
    """One PostgreSQL for the run."""
    with server_folder("pg") as folder:
        server = EmbeddedPostgres(folder, durable=False)
        await server.start()
        yield server
        # Nobody needs its data, so it need not write them down. A kill would leave shared memory.
        await server.stop("immediate")


@pytest.fixture(scope="session")
async def kafka() -> AsyncIterator[EmbeddedKafka]:
    """One Kafka for the run, with the topics of the map."""
    async with _running_broker() as broker:
        await apply_topics(broker.client, ministries=OWN_ADAPTERS)
        yield broker


@pytest.fixture
async def empty_kafka(kafka: EmbeddedKafka) -> EmbeddedKafka:
    """The same without a record, for a whole service, which reads all records of its topics."""
    await remake_topics(kafka.client)
    return kafka


@pytest.fixture(scope="session")
async def second_kafka() -> AsyncIterator[EmbeddedKafka]:
    """One more for the run. Whoever uses it makes its topics anew."""
    async with _running_broker() as broker:
        yield broker


@pytest.fixture(scope="module")
async def fresh_module_kafka(second_kafka: EmbeddedKafka) -> EmbeddedKafka:
    """A Kafka with the topics of the map and no record, for the tests of one file alone."""
    await fresh_topics(second_kafka.client, ministries=OWN_ADAPTERS)
    return second_kafka


@asynccontextmanager
async def _running_broker() -> AsyncIterator[EmbeddedKafka]:
    with server_folder("kafka") as folder:
        broker = EmbeddedKafka(folder, flush_every_append=False)
        await broker.start()
        try:
            yield broker
        finally:
            broker.kill()


@pytest.fixture(scope="session")
def migrated() -> dict[str, str]:
    """The DSN of each database that this run has migrated."""
    return {}


@pytest.fixture(scope="session")
async def emptying() -> AsyncIterator[dict[str, "asyncpg.Connection[asyncpg.Record]"]]:
    """A connection to each database that this run has emptied, as superuser."""
    connections: dict[str, asyncpg.Connection[asyncpg.Record]] = {}
    yield connections
    for connection in connections.values():
        connection.terminate()


@pytest.fixture
async def dsn_for(
    request: pytest.FixtureRequest,
    postgres: EmbeddedPostgres,
    migrated: dict[str, str],
    emptying: dict[str, "asyncpg.Connection[asyncpg.Record]"],
) -> Callable[[str], Awaitable[str]]:
    """Give the DSN of a service's own database: migrated, and empty at the start of each test.

    The role is the service's; tests of the libraries get the owner, since they make tables.
    """
    of_libraries = Path(__file__).parent / "libs" in request.path.parents
    emptied: set[str] = set()

    async def make(service: str) -> str:
        if service not in migrated:
            migrated[service] = await postgres.ensure_database(service, "only-for-tests")
            await migrate(postgres.owner_dsn(service), service)
        if service not in emptied:
            if service not in emptying or emptying[service].is_closed():
                emptying[service] = await asyncpg.connect(postgres.dsn(service))
                # Neither foreign keys nor triggers look at what is deleted.
                await emptying[service].execute("SET session_replication_role = replica")
            await _empty(emptying[service])
            emptied.add(service)
        return postgres.owner_dsn(service) if of_libraries else migrated[service]

    return make


@pytest.fixture
async def database_for(
    dsn_for: Callable[[str], Awaitable[str]],
) -> AsyncIterator[DatabaseFor]:
    """Open a service's own database, migrated and empty."""
    opened: list[Database] = []

    async def make(service: str) -> Database:
        opened.append(_database(await dsn_for(service)))
        await opened[-1].open()
        return opened[-1]

    yield make
    for database in opened:
        await database.close()


@pytest.fixture(scope="session")
async def connected() -> AsyncIterator[dict[str, Database]]:
    """The database of each service that this run has connected to, for `database`."""
    databases: dict[str, Database] = {}
    yield databases
    for database in databases.values():
        await database.close()


@pytest.fixture
async def database(
    request: pytest.FixtureRequest,
    dsn_for: Callable[[str], Awaitable[str]],
    connected: dict[str, Database],
) -> Database:
    """The database of the service in whose folder the test is; connections stay for later tests.

    What a test attaches to it stays, too: a test that does opens one of its own.
    """
    service = request.path.relative_to(Path(__file__).parent / "services").parts[0]
    dsn = await dsn_for(service)
    database = connected.setdefault(service, _database(dsn))
    await database.refresh_keys()  # those of the hour, and of what other tests have made
    return database


def _database(dsn: str) -> Database:
    return Database(dsn, connections=4, cipher=make_cipher(), wait_s=PATIENCE_S)


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Transaction]:
    """A transaction on the database of the service in whose folder the test is."""
    async with database.transaction() as transaction:
        yield transaction


async def _empty(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Delete all rows, and let sequences begin anew, also where a test has deleted its rows.

    `TRUNCATE` makes new files, which takes sixty times as long as to delete a few rows; large
    tables would be read slowly with what was deleted.
    """
    tables = await connection.fetch(
        """
        SELECT quote_ident(relname) AS name, pg_relation_size(oid) > 65536 AS is_large
          FROM pg_class
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
           AND relname NOT IN ('migrations', 'data_keys', 'hour_keys')
           AND pg_relation_size(oid) > 0
        """
    )
    statements = [
        f"TRUNCATE {name} CASCADE" if is_large else f"DELETE FROM {name}"  # noqa: S608
        for name, is_large in tables
    ]
    await connection.execute(";".join(["SELECT", *statements]))  # in one round trip
    await connection.fetch(
        """
        SELECT setval(quote_ident(sequencename)::regclass, start_value, false)
          FROM pg_sequences
         WHERE schemaname = 'public' AND last_value IS NOT NULL
        """
    )
