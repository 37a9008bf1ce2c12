"""Workers: due rows are claimed, the outside party is called, and what came of it is recorded.

No transaction is open during a call. The claim needs no fsync; the outcome has its own. A process
killed between call and record leaves a claimed row: at its next start, or when the lease is over,
the row is claimed again and the call repeated under the same idempotency key.

Two classes of failure, two policies: our own database is waited for and costs no attempt; the other
party is asked again after minutes to hours, and left alone by a breaker of its own meanwhile.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Hashable
from datetime import UTC, datetime
from typing import Generic

import structlog

from libs.database.pool import Database, OwnConnection
from libs.errors import Refused, Unavailable, Unreadable
from libs.messaging.breaker import Breaker
from libs.messaging.recording import Recording
from libs.messaging.retry import Backoff, RetryPolicy
from libs.messaging.work import Done, Outcome, Row, Work
from libs.part import PartHealth, pause
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext, set_current

_POLL_S = 1.0
_CLAIM_AT_ONCE = 64
_MOST_IN_HAND = 256

log = structlog.get_logger()


class Worker(Generic[Row, Outcome]):
    """Works off due rows; a party that is slow or dead delays its own rows only.

    Args:
        name: the worker's name, also the signal that wakes it.
        work: the service's functions.
        database: the service's own.
        replica: the stable name of this replica.
        tracing: places each call in its trace.
        metrics: counts calls and what came of them.
        policy: when to try again.
        deadline_s: a call that takes longer counts as unanswered.
        concurrency_per_party: most calls to one party at once.
    """

    def __init__(  # noqa: PLR0913
        self,
        name: str,
        work: Work[Row, Outcome],
        *,
        database: Database,
        replica: str,
        tracing: Tracing,
        metrics: Metrics,
        policy: RetryPolicy,
        deadline_s: float = 10.0,
        concurrency_per_party: int = 16,
    ) -> None:
        self.name = name
        self._work = work
        self._database = database
        self._claimer = f"{name}-{replica}"
        self._tracing = tracing
        self._metrics = metrics
        self._policy = policy
        self._deadline_s = deadline_s
        self._concurrency = concurrency_per_party
        self._breaker = Breaker(time.monotonic)
        self._recording = Recording(name, work, database, metrics)
        self._claims = OwnConnection()
        self._in_hand: dict[Hashable, str] = {}
        self._look_again = False
        self._wake = asyncio.Event()
        self._health = PartHealth(ready=False, detail="starting")
        database.on_signal(name, self._wake.set)

    def health(self) -> PartHealth:
        """Ready while the database answers; a party that is away is no fault of ours."""
        return self._health

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; calls under way are finished and recorded."""
        recorded = asyncio.Event()
        async with asyncio.TaskGroup() as outer:
            outer.create_task(self._recording.run(recorded))
            await self._release(stop)
            async with asyncio.TaskGroup() as calls:
                await self._claim_until(stop, calls)
            await self._claims.close()
            recorded.set()

    async def _release(self, stop: asyncio.Event) -> None:
        backoff = Backoff(first_s=0.2, most_s=5.0)
        while not stop.is_set():
            try:
                async with self._database.transaction() as tx:
                    await self._work.release(tx, self._claimer)
            except Unavailable as failure:
                self._health = PartHealth(ready=False, detail=f"waits for {failure.party}")
                await pause(stop, backoff.next_s())
            else:
                self._health = PartHealth()
                return

    async def _claim_until(self, stop: asyncio.Event, calls: asyncio.TaskGroup) -> None:
        backoff = Backoff(first_s=0.2, most_s=5.0)
        while not stop.is_set():
            self._wake.clear()
            try:
                rows = await self._claimed()
            except Unavailable as failure:
                self._health = PartHealth(ready=False, detail=f"waits for {failure.party}")
                log.warning("worker waits", worker=self.name, party=failure.party)
                await pause(stop, backoff.next_s())
                continue
            self._health = PartHealth()
            backoff = Backoff(first_s=0.2, most_s=5.0)
            for row in rows:
                self._in_hand[row.key] = self._work.party_of(row)
                calls.create_task(self._call(row))
            if len(rows) < _CLAIM_AT_ONCE:
                await pause(self._wake, _POLL_S)

    async def _claimed(self) -> list[Row]:
        free = min(_CLAIM_AT_ONCE, _MOST_IN_HAND - len(self._in_hand))
        # What is due may be held back by a call in hand: its place, its party, its application.
        self._look_again = bool(self._in_hand)
        if free <= 0:
            return []
        async with self._database.statements(self._claims) as tx:
            rows = await self._work.claim(
                tx,
                worker=self._claimer,
                limit=free,
                lease_s=self._deadline_s * 4,
                without=self._busy_parties(),
            )
        return [row for row in rows if row.key not in self._in_hand]

    def _busy_parties(self) -> list[str]:
        at_work = Counter(self._in_hand.values())
        full = {party for party, count in at_work.items() if count >= self._concurrency}
        return sorted(full | self._breaker.closed_to())

    async def _call(self, row: Row) -> None:
        party = self._work.party_of(row)
        set_current(row.trace)
        try:
            if self._breaker.allows(party):
                done = await self._ask(row, party)
            else:
                failure = Unavailable(party, "not asked while it does not answer")
                pause_s = max(self._breaker.opens_in_s(party), 0.2)
                done = Done(row, None, failure, pause_s, counts=False, trace=row.trace)
            await self._recording.to_the_end(done)
        finally:
            del self._in_hand[row.key]
            if self._look_again:
                self._wake.set()

    async def _ask(self, row: Row, party: str) -> Done[Row, Outcome]:
        started_s = time.monotonic()
        with self._tracing.span(
            f"{self.name} {party}", parent=row.trace, attributes={"nagorik.party": party}
        ) as trace:
            try:
                async with asyncio.timeout(self._deadline_s):
                    outcome = await self._work.act(row)
            except Exception as failure:  # noqa: BLE001 house: broad-except
                done = self._failed(row, party, failure, trace)
            else:
                self._breaker.succeeded(party)
                self._metrics.count("work_done", worker=self.name, party=party)
                done = Done(row, outcome, None, None, counts=True, trace=trace)
        self._metrics.observe(
            "work_duration_s", time.monotonic() - started_s, worker=self.name, party=party
        )
        return done

    def _failed(
        self, row: Row, party: str, failure: Exception, trace: TraceContext
    ) -> Done[Row, Outcome]:
        if isinstance(failure, TimeoutError):
            failure = Unavailable(party, "no answer in time")
        if isinstance(failure, Refused):
            self._breaker.succeeded(party)
        else:
            self._breaker.failed(party)
        self._metrics.count(
            "work_failed", worker=self.name, party=party, failure=type(failure).__name__
        )
        next_due_s = self._next_due_s(row, failure)
        if not isinstance(failure, (Refused, Unavailable, Unreadable)):
            log.error("call failed", worker=self.name, party=party, exc_info=failure)
        return Done(row, None, failure, next_due_s, counts=True, trace=trace)

    def _next_due_s(self, row: Row, failure: Exception) -> float | None:
        attempts = row.attempts + 1
        age_s = (datetime.now(UTC) - row.created_at).total_seconds()
        match failure:
            case Refused():
                return None
            case Unavailable():
                if age_s >= self._policy.give_up_after_s:
                    return None
                return self._policy.pause_s(attempts, retry_after_s=failure.retry_after_s)
            case Unreadable():
                tries = self._policy.nonsense_tries
            case _:
                tries = self._policy.defect_tries
        return self._policy.pause_s(attempts) if attempts < tries else None
