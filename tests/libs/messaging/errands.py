"""A table of due rows and a worker on it, as a service would have them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asyncpg import Record

from libs.database.claims import Terms
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.messaging.due import Worker
from libs.messaging.retry import RetryPolicy
from libs.messaging.work import Done, Work, one_by_one
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext, read_text
from tests.libs.messaging.scene import until

NAME = "errands"
QUICK = RetryPolicy(first_s=0.05, factor=1.0, most_s=0.05, jitter=0.0)


@dataclass(frozen=True)
class Errand:
    """One due row."""

    key: int
    party: str
    attempts: int
    created_at: datetime
    trace: TraceContext | None


@asynccontextmanager
async def errands(database: Database) -> AsyncIterator[None]:
    """Have the table while the body runs."""
    async with database.transaction() as tx:
        await tx.execute("DROP TABLE IF EXISTS errands")
        await tx.execute(
            """
            CREATE TABLE errands (
                key           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                party         text NOT NULL,
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
    database: Database, *parties: str, trace: TraceContext | None = None, signal: bool = True
) -> None:
    """Insert due rows, and wake the worker."""
    async with database.transaction() as tx:
        await tx.execute(
            "INSERT INTO errands (party, trace_context) SELECT party, $2"
            " FROM unnest($1::text[]) AS party",
            parties,
            trace.text() if trace else None,
        )
        if signal:
            tx.notify_on_commit(NAME)


async def claim(tx: Transaction, terms: Terms) -> list[Errand]:
    rows = await tx.fetch(
        """
        UPDATE errands
           SET claimed_by = $1, claimed_until = now() + make_interval(secs => $3)
         WHERE key IN (SELECT key FROM errands
                        WHERE state = 'due' AND due_at <= now() AND party <> ALL($4)
                          AND (claimed_until IS NULL OR claimed_until < now())
                          AND key IN (SELECT key
                                        FROM (SELECT key,
                                                     row_number() OVER (PARTITION BY party
                                                                        ORDER BY due_at, key)
                                                FROM errands
                                               WHERE state = 'due') AS turns (key, place)
                                       WHERE place <= $5)
                        ORDER BY due_at, key LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING key, party, attempts, created_at, trace_context
        """,
        terms.worker,
        terms.limit,
        terms.lease_s,
        list(terms.without),
        terms.per_party,
    )
    return [_errand(row) for row in rows]


async def add_at_once(tx: Transaction, *parties: str) -> list[Errand]:
    """Insert due rows, claimed on the worker's terms, and give it those."""
    terms = tx.terms_of(NAME)
    rows = await tx.fetch(
        """
        INSERT INTO errands (party, claimed_by, claimed_until)
        SELECT party,
               CASE WHEN is_taken THEN $2 END,
               CASE WHEN is_taken THEN now() + make_interval(secs => $3) END
          FROM unnest($1::text[]) WITH ORDINALITY AS given (party, place)
         CROSS JOIN LATERAL (SELECT party <> ALL($5) AND place <= $4) AS taken (is_taken)
        RETURNING key, party, attempts, created_at, trace_context, claimed_by
        """,
        parties,
        terms.worker,
        terms.lease_s,
        terms.limit,
        list(terms.without),
    )
    claimed = [_errand(row) for row in rows if row["claimed_by"]]
    tx.give(NAME, claimed)
    if len(claimed) < len(parties):
        tx.notify_on_commit(NAME)
    return claimed


def _errand(row: Record) -> Errand:
    return Errand(
        row["key"],
        row["party"],
        row["attempts"],
        row["created_at"],
        read_text(row["trace_context"]),
    )


async def release(tx: Transaction, worker: str) -> None:
    await tx.execute(
        "UPDATE errands SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by = $1", worker
    )


async def record(tx: Transaction, done: Sequence[Done[Errand, str]]) -> list[int]:
    """Write outcomes down; return what failed for good."""
    for each in done:
        again = each.next_due_s is not None
        state = "due" if again else ("done" if each.failure is None else "failed")
        await tx.execute(
            """
            UPDATE errands
               SET state = $2, outcome = $3, attempts = attempts + $4, claimed_until = NULL,
                   due_at = now() + make_interval(secs => $5)
             WHERE key = $1
            """,
            each.row.key,
            state,
            each.outcome or type(each.failure).__name__,
            int(each.counts),
            each.next_due_s or 0.0,
        )
    return [each.row.key for each in done if each.failure and each.next_due_s is None]


async def set_aside(tx: Transaction, rows: Sequence[Errand]) -> None:
    await tx.execute(
        "UPDATE errands SET state = 'failed' WHERE key = ANY($1)", [each.key for each in rows]
    )


@dataclass
class Outside:
    """The outside party: keeps who asked, and fails where it is told to."""

    asked: list[int] = field(default_factory=list)
    parties: list[str] = field(default_factory=list)
    answers: Callable[[Errand], Awaitable[str]] | None = None

    async def __call__(self, errand: Errand) -> str:
        self.asked.append(errand.key)
        self.parties.append(errand.party)
        return await self.answers(errand) if self.answers else "did it"


def hanging(until_set: asyncio.Event, *, party: str = "") -> Outside:
    """The outside: this party, or each, answers nobody until it may."""

    async def answers(errand: Errand) -> str:
        if not party or errand.party == party:
            await until_set.wait()
        return "did it"

    return Outside(answers=answers)


def worker(
    database: Database,
    outside: Callable[[Errand], Awaitable[str]],
    *,
    policy: RetryPolicy = QUICK,
    tracing: Tracing | None = None,
    metrics: Metrics | None = None,
    **more: Any,
) -> Worker[Errand, str]:
    """The worker as a service would make it."""
    work: Work[Errand, str] = Work(
        claim=more.pop("claim", claim),
        release=release,
        act=one_by_one(outside),
        record=more.pop("record", record),
        set_aside=set_aside,
        party_of=lambda errand: errand.party,
    )
    return Worker(
        NAME,
        work,
        database=database,
        replica="0",
        tracing=tracing or Tracing("errands"),
        metrics=metrics or Metrics("errands"),
        policy=policy,
        **more,
    )


async def states(database: Database) -> list[tuple[str, int]]:
    """State and attempts of every row."""
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT state, attempts FROM errands ORDER BY key")
    return [(row["state"], row["attempts"]) for row in rows]


async def all_done(database: Database) -> bool:
    return {state for state, _ in await states(database)} <= {"done", "failed"}


async def idle(made: Worker[Errand, str]) -> None:
    """Wait until the worker has seen that nothing waits."""
    await until(lambda: made.terms().limit > 0)
