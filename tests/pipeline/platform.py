"""All services in one process on the real broker and database, each with its own spans."""

import asyncio
import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, get_origin

import aiohttp
import asyncpg
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from typing_extensions import override

from libs.contracts.access import service_users
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.settings import ServiceSettings
from libs.telemetry.tracing import Tracing
from operations.topics.access import apply_access
from services.registry import OPENERS, SERVICES, entry_of
from tests.ciphers import make_cipher
from tests.services.identity.running import CHEAP
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.server import CHECKOUT
from tools.ledger import LedgerReader, Received
from tools.supervision.plan import Plan, make_plan
from tools.supervision.processes import opener_command
from tools.supervision.supervisor import is_ready
from tools.virtual_users.citizen import Accepted

_FOR_TESTS = {
    "IDENTITY_CLEANUP_EVERY_S": "1",  # so that no test waits a minute for its turn
    "GATEWAY_CALLER_RATE": "1000",  # a fuzzer is one citizen, and is to see more than 429
}
# A hash of the usual cost takes a third of a second here; `test_passwords.py` looks at the cost.
_BUILT_WITH = {"identity": {"hasher": CHEAP}}
# The same for every file of tests, since they share databases, which are encrypted.
_SECRET = "only-for-the-tests-of-the-whole-platform"


class Spans(SpanExporter):
    """Stores the spans that one service exports."""

    def __init__(self, service: str, kept: list[tuple[str, ReadableSpan]]) -> None:
        self._service = service
        self._kept = kept

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._kept.extend((self._service, span) for span in spans)
        return SpanExportResult.SUCCESS


@dataclass
class Platform:
    """The running platform, and the means of a test to look at it."""

    plan: Plan
    kafka: EmbeddedKafka
    dsn: Mapping[str, str]
    http: aiohttp.ClientSession
    ledger: LedgerReader
    spans: list[tuple[str, ReadableSpan]] = field(default_factory=list)

    def tracing(self, service: str) -> Tracing:
        """A tracing that exports to `spans`."""
        return Tracing(service, exporter=Spans(service, self.spans))

    async def rows(self, service: str, sql: str, *args: Any) -> list[asyncpg.Record]:
        """Read the tables of a service."""
        connection = await asyncpg.connect(self.dsn[service])
        try:
            return list(await connection.fetch(sql, *args))
        finally:
            await connection.close()

    @asynccontextmanager
    async def transaction(self, service: str) -> AsyncIterator[Transaction]:
        """Run a transaction on a service's database, which can decrypt what it stores."""
        environment = self.plan.environment(service, bootstrap="", dsn={})
        cipher = make_cipher(environment[f"{service.upper()}_ENCRYPTION_SECRET"])
        database = Database(self.dsn[service], connections=1, cipher=cipher)
        try:
            async with database.transaction() as tx:
                yield tx
        finally:
            await database.close()

    def received(self, accepted: Accepted) -> Received:
        """What the outside parties received of an application."""
        return self.ledger.ledger.of(accepted.application_id, accepted.tracking_number)

    async def by_trace(self, trace_id: str) -> dict[str, list[ReadableSpan]]:
        """The spans of one trace by service, once no more arrive."""
        before = -1
        found: dict[str, list[ReadableSpan]] = {}
        while before != sum(map(len, found.values())) or not found:
            before = sum(map(len, found.values()))
            await asyncio.sleep(1.2)
            found = defaultdict(list)
            for service, span in list(self.spans):
                context = span.get_span_context()
                if context is not None and f"{context.trace_id:032x}" == trace_id:
                    found[service].append(span)
        return found


@asynccontextmanager
async def running(kafka: EmbeddedKafka, dsn: Mapping[str, str]) -> AsyncIterator[Platform]:
    """Run all services, each as its own user, until the test is over; then drain them."""
    folder = Path(tempfile.mkdtemp(prefix="nagorik-pipeline-"))
    (folder / "secret").write_text(_SECRET)
    plan = await make_plan(folder)
    await apply_access(kafka.client, service_users(), plan.kafka_passwords())
    stop = asyncio.Event()
    async with aiohttp.ClientSession() as http:
        ledger = LedgerReader(http, plan.url("sandbox"))
        platform = Platform(plan, kafka, dsn, http, ledger)
        async with asyncio.TaskGroup() as tasks:
            for name in SERVICES:
                environment = plan.environment(
                    name, bootstrap=kafka.bootstrap, dsn=dsn, secured=True
                )
                settings = settings_of(name, environment | _FOR_TESTS)
                service = import_module(f"{entry_of(name).package}.main").build(
                    settings, tracing=platform.tracing(name), **_BUILT_WITH.get(name, {})
                )
                tasks.create_task(service.run(stop))
            try:
                async with _openers(plan):
                    await until_ready(http, plan)
                    tasks.create_task(ledger.follow(stop))
                    yield platform
            finally:
                stop.set()
    shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _openers(plan: Plan) -> AsyncIterator[None]:
    """Run the processes that open files of strangers, as the supervisor does."""
    openers = [
        await asyncio.create_subprocess_exec(
            *opener_command(service, plan.opener_socket(service)), env={"PYTHONPATH": str(CHECKOUT)}
        )
        for service in OPENERS
    ]
    try:
        yield
    finally:
        for opener in openers:
            opener.terminate()
            await opener.wait()


def settings_of(service: str, environment: Mapping[str, str]) -> ServiceSettings:
    """A service's settings as its process would read them from this environment."""
    kind: type[ServiceSettings] = import_module(f"{entry_of(service).package}.settings").Settings
    given: dict[str, Any] = {}
    for name, setting in kind.model_fields.items():
        alias = setting.validation_alias
        shared = alias.choices[0] if alias is not None else None  # type: ignore[union-attr]
        variable = str(shared or f"{service.upper()}_{name.upper()}")
        if variable in environment:
            text = environment[variable]
            is_json = get_origin(setting.annotation) is dict
            given[str(shared or name)] = json.loads(text) if is_json else text
    return kind(**given)


async def until_ready(http: aiohttp.ClientSession, plan: Plan) -> None:
    """Wait until every service says that it is ready; else say which is not, and what it says."""
    for name in SERVICES:
        health = f"{plan.url(name)}/health/ready"
        try:
            await until(partial(is_ready, http, health))
        except TimeoutError as failure:
            try:
                async with http.get(health) as answer:
                    said = await answer.text()
            except aiohttp.ClientError as silent:
                said = type(silent).__name__
            failure.add_note(f"{name} is not ready: {said}")
            raise
