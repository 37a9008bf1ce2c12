"""A service with dead letters of records and of jobs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from libs.contracts import topics
from libs.contracts.dead_letters import DeadLetterView
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters import queries
from libs.dead_letters.admin import DeadLetterAdmin, view_of
from libs.dead_letters.rules import (
    ALL,
    FailedJob,
    FailedRecord,
    ManualActions,
    Origin,
    Redeliver,
)
from libs.headers import Headers
from libs.ids import new_id
from libs.messaging.reading.batch_transaction import Handler
from libs.messaging.reading.redelivery import mark_handled, redelivery
from libs.telemetry.tracing import Tracing
from tests.libs.messaging.scenes import (
    SAMPLED,
    Raw,
    RecordingHandler,
    handling,
    raw,
    submitted,
    withdrawn,
)

PHONE = "+8801700000000"
HEADERS: Headers = (("x", b"\xff"), ("y", b""))


def failed_record(
    offset: int, reason: str = "defect.KeyError", *, key: bytes | None = b"k", blocks: bool = True
) -> FailedRecord:
    """A record that could not be processed."""
    origin = Origin("applications.v1", 0, offset)
    return FailedRecord(origin, key, b"value", HEADERS, reason, "why", 3, blocks, SAMPLED)


def failed_job(
    job_key: str = "a",
    reason: str = "refused.by_ministry",
    *,
    destination: str = "lgd",
    job_type: str = "hand over",
) -> FailedJob:
    """A job that failed for good."""
    return FailedJob(job_type, job_key, destination, reason, "status 422", 3, True, SAMPLED)


def redeliver_to(handler: Handler) -> Redeliver:
    """The redelivery of a service that consumes applications.v1."""
    return redelivery({topics.APPLICATIONS: handler}, Tracing("applications"))


def defective() -> RecordingHandler:
    """A handler that fails on everything."""
    return RecordingHandler(fails_on=lambda _: KeyError("a defect"))


async def make_dead_letters(
    database: Database, *records: Raw, handler: Handler | None = None
) -> None:
    """Make dead letters of records, in one batch."""
    work = handling(database, handler or defective())
    await work.handle(records)


async def open_dead_letters(database: Database) -> list[DeadLetterView]:
    """All open dead letters, as an operator sees them."""
    async with database.transaction() as tx:
        rows = await queries.list_dead_letters(tx, ALL, limit=100)
    return [view_of("errands", row) for row in rows]


@dataclass
class Jobs:
    """The jobs of one type; stores the actions of operators."""

    resent: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    async def resend(self, _: Transaction, keys: Collection[str]) -> Collection[str]:
        self.resent += keys
        return [key for key in keys if key != "gone"]

    async def close(self, _: Transaction, keys: Collection[str]) -> None:
        self.closed += keys

    async def show(self, _: Transaction, key: str) -> Mapping[str, Any]:
        return {"job_key": key, "phone": PHONE}

    def actions(self) -> Mapping[str, ManualActions]:
        """The manual actions."""
        return {"hand over": ManualActions(self.resend, self.close, self.show)}


@dataclass
class Scene:
    """The admin of a service, its handler and its jobs.

    Dead letter 1 is a record that a defect failed on, 2 is blocked by it, 3 is a job that a
    ministry refused.
    """

    admin: DeadLetterAdmin
    database: Database
    recorder: RecordingHandler
    jobs: Jobs


async def scene(database: Database) -> Scene:
    """Put three dead letters into a database."""
    application = new_id()
    await make_dead_letters(
        database, raw(submitted(application, tracking_number=PHONE), 1, trace=SAMPLED)
    )
    await make_dead_letters(database, raw(withdrawn(application), 2))
    async with database.transaction() as tx:
        await queries.insert_jobs(tx, [failed_job()])
    recorder, jobs = RecordingHandler(), Jobs()
    return Scene(admin_of(database, recorder, jobs), database, recorder, jobs)


def admin_of(database: Database, handler: Handler, jobs: Jobs) -> DeadLetterAdmin:
    """The admin of a service that consumes applications.v1."""
    return DeadLetterAdmin(
        "applications", database, redeliver_to(handler), mark_handled, jobs.actions()
    )
