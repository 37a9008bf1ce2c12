"""A table of jobs and a runner for it, as in a service."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

import asyncpg

from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.jobs import (
    JobResult,
    JobRunner,
    JobType,
    Lease,
    RetryPolicy,
    WritableJobQueue,
    enqueue,
    one_per_call,
)
from libs.jobs.throttle import NO_LIMITS, Limits
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext, read_text
from tests.waiting import until

Claim = Callable[[Transaction, Lease], Awaitable[list["Errand"]]]
Record = Callable[[Transaction, Sequence[JobResult["Errand", str]]], Awaitable[list[int]]]

QUICK = RetryPolicy(first_s=0.05, factor=1.0, most_s=0.05, jitter=0.0)


@dataclass(frozen=True)
class Errand:
    """One job."""

    key: int
    destination: str
    attempts: int
    created_at: datetime
    trace: TraceContext | None


@asynccontextmanager
async def errands(database: Database) -> AsyncIterator[None]:
    """Create the table while the body runs."""
    async with database.transaction() as tx:
        await tx.execute("DROP TABLE IF EXISTS errands")
        await tx.execute(
            """
            CREATE TABLE errands (
                key           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                destination   text NOT NULL,
                attempts      integer NOT NULL DEFAULT 0,
                state         text NOT NULL DEFAULT 'due',
                outcome       text,
                trace_context text,
                created_at    timestamptz NOT NULL DEFAULT now(),
                due_at        timestamptz NOT NULL DEFAULT now(),
                claimed_by    text,
                claimed_until timestamptz
            )
            """
        )
    yield
    async with database.transaction() as tx:
        await tx.execute("DROP TABLE errands")


async def add(
    database: Database, *destinations: str, trace: TraceContext | None = None, notify: bool = True
) -> None:
    """Insert unclaimed jobs, and wake the runner."""
    async with database.transaction() as tx:
        await tx.execute(
            "INSERT INTO errands (destination, trace_context) SELECT destination, $2"
            " FROM unnest($1::text[]) AS destination",
            destinations,
            trace.text() if trace else None,
        )
        if notify:
            tx.notify_on_commit(ERRANDS.name)


async def claim(tx: Transaction, lease: Lease) -> list[Errand]:
    """Claim due jobs."""
    rows = await tx.fetch(
        """
        UPDATE errands
           SET claimed_by = $1, claimed_until = now() + make_interval(secs => $3)
         WHERE key IN (SELECT key FROM errands
                        WHERE state = 'due' AND due_at <= now() AND destination <> ALL($4)
                          AND (claimed_until IS NULL OR claimed_until < now())
                          AND key IN (SELECT key
                                        FROM (SELECT key, destination, row_number() OVER (
                                                     PARTITION BY destination ORDER BY due_at, key)
                                                FROM errands
                                               WHERE state = 'due') AS turns (key, name, place)
                                       WHERE place <= coalesce(($7::bigint[])[array_position(
                                                                   $6::text[], name)], $5))
                        ORDER BY due_at, key LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING key, destination, attempts, created_at, trace_context
        """,
        lease.holder,
        lease.limit,
        lease.duration_s,
        list(lease.excluded),
        lease.per_destination,
        list(lease.shares.keys()),
        list(lease.shares.values()),
    )
    return [_errand(row) for row in rows]


async def insert(tx: Transaction, destinations: Sequence[str], lease: Lease) -> list[Errand]:
    """Insert jobs, claimed under the lease."""
    rows = await tx.fetch(
        """
        INSERT INTO errands (destination, claimed_by, claimed_until)
        SELECT destination,
               CASE WHEN is_taken THEN $2 END,
               CASE WHEN is_taken THEN now() + make_interval(secs => $3) END
          FROM unnest($1::text[]) WITH ORDINALITY AS given (destination, place)
         CROSS JOIN LATERAL (SELECT destination <> ALL($5) AND place <= $4) AS taken (is_taken)
        RETURNING key, destination, attempts, created_at, trace_context, claimed_by
        """,
        destinations,
        lease.holder,
        lease.duration_s,
        lease.limit,
        list(lease.excluded),
    )
    return [_errand(row) for row in rows if row["claimed_by"]]


async def release(tx: Transaction, holder: str, kept: Collection[int] = ()) -> None:
    """Release the jobs of a runner, but for some."""
    await tx.execute(
        "UPDATE errands SET claimed_by = NULL, claimed_until = NULL"
        " WHERE claimed_by = $1 AND key <> ALL($2)",
        holder,
        list(kept),
    )


async def oldest_due_age_s(tx: Transaction) -> float:
    """Return for how many seconds the oldest due job is due."""
    age_s: float = await tx.fetchval(
        "SELECT greatest(extract(epoch FROM now() - min(due_at)), 0)::float8 FROM errands"
        " WHERE state = 'open'"
    )
    return age_s


ERRANDS: WritableJobQueue[str, Errand] = WritableJobQueue(
    "errands", insert=insert, claim=claim, release=release, oldest_due_age_s=oldest_due_age_s
)


async def enqueue_errands(database: Database, *destinations: str) -> list[str]:
    """Enqueue jobs in one transaction; return the destinations of those that were claimed."""
    async with database.transaction() as tx:
        await enqueue(tx, ERRANDS, destinations)
        rows = await tx.fetch(
            "SELECT destination FROM errands"
            " WHERE claimed_by IS NOT NULL AND created_at = now() ORDER BY key"
        )
    return [row["destination"] for row in rows]


async def record(tx: Transaction, results: Sequence[JobResult[Errand, str]]) -> list[int]:
    """Write results; return the jobs that failed for good."""
    for result in results:
        again = result.retry_in_s is not None
        state = "due" if again else ("done" if result.failure is None else "failed")
        await tx.execute(
            """
            UPDATE errands
               SET state = $2, outcome = $3, attempts = attempts + $4, claimed_until = NULL,
                   due_at = now() + make_interval(secs => $5)
             WHERE key = $1
            """,
            result.job.key,
            state,
            result.outcome or type(result.failure).__name__,
            int(result.counts),
            result.retry_in_s or 0.0,
        )
    return [
        job_result.job.key
        for job_result in results
        if job_result.failure and job_result.retry_in_s is None
    ]


async def mark_failed(tx: Transaction, jobs: Sequence[Errand]) -> None:
    """Close jobs as failed."""
    await tx.execute(
        "UPDATE errands SET state = 'failed' WHERE key = ANY($1)", [job.key for job in jobs]
    )


class FixedLimits:
    """Limits that a test sets."""

    def __init__(self, limits: Mapping[str, Limits] = MappingProxyType({})) -> None:
        self.limits = limits
        self.closed_now: set[str] = set()
        self.unknown_now: set[str] = set()

    def closed(self) -> Collection[str]:
        return set(self.closed_now)

    def unknown(self) -> Collection[str]:
        return set(self.unknown_now)

    def limited(self) -> Collection[str]:
        return self.limits.keys()

    def of(self, destination: str) -> Limits:
        return self.limits.get(destination, NO_LIMITS)


@dataclass
class Destination:
    """A destination that stores its calls and answers as configured."""

    called: list[int] = field(default_factory=list)
    destinations: list[str] = field(default_factory=list)
    answers: Callable[[Errand], Awaitable[str]] | None = None

    async def __call__(self, errand: Errand) -> str:
        self.called.append(errand.key)
        self.destinations.append(errand.destination)
        return await self.answers(errand) if self.answers else "did it"


class HeldCalls:
    """A destination, or many, whose calls are held until the event is set, and counted."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.under_way: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def __call__(self, errand: Errand) -> str:
        name = errand.destination
        self.under_way[name] += 1
        self.most[name] = max(self.most[name], self.under_way[name])
        await self.let_go.wait()
        await asyncio.sleep(0)  # others that may begin do so
        self.under_way[name] -= 1
        return "did it"


class CountedClaims:
    """Claims due jobs, and counts how often.

    Args:
        per_destination: claims as many of each, whatever the lease says.
    """

    def __init__(self, per_destination: int | None = None) -> None:
        self.begun = 0
        self._per_destination = per_destination

    async def __call__(self, tx: Transaction, lease: Lease) -> list[Errand]:
        self.begun += 1
        if self._per_destination is not None:
            lease = replace(lease, per_destination=self._per_destination)
        return await claim(tx, lease)

    async def another(self) -> None:
        """Wait until a claim from now on was made, and its jobs were started."""
        before = self.begun
        await until(lambda: self.begun >= before + 2)


def hanging(until_set: asyncio.Event, *, destination: str = "") -> Destination:
    """A destination, or all, that gives no answer until the event is set."""

    async def answers(errand: Errand) -> str:
        if not destination or errand.destination == destination:
            await until_set.wait()
        return "did it"

    return Destination(answers=answers)


def failing(failure: Exception) -> Destination:
    """A destination that always fails."""

    async def answers(_: Errand) -> str:
        raise failure

    return Destination(answers=answers)


def errand_type(call: Callable[[Errand], Awaitable[str]], **more: Any) -> JobType[Errand, str]:
    """The job type, as in a service."""
    queue = WritableJobQueue(
        "errands",
        insert=insert,
        claim=more.pop("claim", claim),
        release=release,
        oldest_due_age_s=oldest_due_age_s,
    )
    return JobType(
        queue=queue,
        call=one_per_call(call),
        record=more.pop("record", record),
        mark_failed=mark_failed,
        destination_of=lambda errand: errand.destination,
        **more,
    )


def runner(
    database: Database,
    call: Callable[[Errand], Awaitable[str]],
    *,
    claim: Callable[[Transaction, Lease], Awaitable[list[Errand]]] = claim,
    record: Callable[
        [Transaction, Sequence[JobResult[Errand, str]]], Awaitable[list[int]]
    ] = record,
    tracing: Tracing | None = None,
    metrics: Metrics | None = None,
    **more: Any,
) -> JobRunner[Errand, str]:
    """The runner, as in a service."""
    return JobRunner(
        errand_type(call, claim=claim, record=record),
        database=database,
        replica="0",
        tracing=tracing or Tracing("errands"),
        metrics=metrics or Metrics("errands"),
        **{"policy": QUICK, "poll_s": 0.05, **more},
    )


async def states(database: Database) -> list[tuple[str, int]]:
    """State and attempts of every job."""
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT state, attempts FROM errands ORDER BY key")
    return [(row["state"], row["attempts"]) for row in rows]


async def all_done(database: Database) -> bool:
    """Whether every job is done or failed."""
    return {state for state, _ in await states(database)} <= {"done", "failed"}


async def idle(made: JobRunner[Errand, str]) -> None:
    """Wait until the runner has seen that no job waits."""
    await until(lambda: made.lease().limit > 0)


def _errand(row: asyncpg.Record) -> Errand:
    return Errand(
        row["key"],
        row["destination"],
        row["attempts"],
        row["created_at"],
        read_text(row["trace_context"]),
    )
