"""Workers: due rows are claimed, the outside party is called, and what came of it is recorded.

No transaction is open during a call. The claim needs no fsync; the outcome has its own. A process
killed between call and record leaves a claimed row: at its next start, or when the lease is over,
the row is claimed again and the call repeated under the same idempotency key. A row whose call has
not begun in time, or by the end, is left to whoever claims it next.

Where nothing waits, a row that is due at once needs no claim of its own: who writes it claims it in
the same statement, and the worker begins with the commit (`Database.offer`). While more is due than
the worker takes, of all or of one party, what is new goes behind it.

Two classes of failure, two policies: our own database is waited for and costs no attempt; the other
party is asked again after minutes to hours, and left alone by a breaker of its own meanwhile.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Generic

import structlog

from libs.component import ComponentHealth, pause
from libs.database.claims import NOBODY, Terms
from libs.database.pool import Database, OwnConnection
from libs.errors import Unavailable
from libs.messaging.asking import Asking
from libs.messaging.recording import Recording
from libs.messaging.retry import Backoff, RetryPolicy
from libs.messaging.work import Outcome, Row, Work
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import set_current

_POLL_S = 1.0
_CLAIM_EVERY_S = 0.01
_CLAIM_AT_ONCE = 64
_MOST_CALLS = 256
_LEASE_DEADLINES = 4  # a lease lasts as long as so many calls that are not answered
_BEGIN_WITHIN_DEADLINES = 2  # and leaves time to ask and to record

log = structlog.get_logger()


class Worker(Generic[Row, Outcome]):
    """Works off due rows; a party that is slow or dead delays its own rows only.

    Args:
        name: the worker's name, also the signal that wakes it.
        work: the service's functions.
        database: the service's own.
        replica: the stable name of this replica.
        tracing: places each call in the trace of its rows.
        metrics: counts calls and what came of them.
        policy: when to try again.
        deadline_s: a call that takes longer counts as unanswered.
        concurrency_per_party: most calls to one party at once.
        gather_s: seconds to let outcomes gather; meanwhile the next calls gather rows.
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
        gather_s: float = 0.0,
    ) -> None:
        self.name = name
        self._work = work
        self._database = database
        self._claimer = f"{name}-{replica}"
        self._deadline_s = deadline_s
        self._concurrency = concurrency_per_party
        self._claim_at_once = max(_CLAIM_AT_ONCE, work.rows_per_call)
        self._asking = Asking(
            name, work, tracing=tracing, metrics=metrics, policy=policy, deadline_s=deadline_s
        )
        self._recording = Recording(name, work, database, metrics, gather_s=gather_s)
        self._claims = OwnConnection()
        self._in_hand: set[Hashable] = set()
        self._calls: Counter[str] = Counter()
        self._places: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(concurrency_per_party)
        )
        self._look_again = False
        self._behind: Collection[str] | None = None  # parties of which more may be due; None: all
        self._tasks: asyncio.TaskGroup | None = None
        self._stop = asyncio.Event()
        self._wake = asyncio.Event()
        self._health = ComponentHealth(ready=False, detail="starting")
        database.on_notification(name, self._wake.set)
        database.offer(name, self)

    def health(self) -> ComponentHealth:
        """Ready while the database answers; a party that is away is no fault of ours."""
        return self._health

    def terms(self) -> Terms:
        """On which terms rows may be claimed for it as they are written: none before older ones."""
        if self._behind is None or self._tasks is None:
            return NOBODY
        terms = self._terms()
        return replace(terms, without=[*terms.without, *self._behind])

    def take(self, rows: Sequence[Row]) -> None:
        """Begin with rows that were claimed on its terms as they were written.

        What comes when it has ended stays claimed until its next start, or the end of the lease.
        """
        if self._tasks is not None:
            self._begin(rows, self._tasks)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; calls under way are finished and recorded."""
        self._stop = stop
        recorded = asyncio.Event()
        async with asyncio.TaskGroup() as outer:
            outer.create_task(self._recording.run(recorded))
            await self._release(stop)
            async with asyncio.TaskGroup() as self._tasks:
                try:
                    await self._claim_until(stop, self._tasks)
                finally:
                    self._tasks = None
            await self._claims.close()
            recorded.set()
        with suppress(Unavailable):  # the lease, or the next start, frees them as well
            await self._free()

    async def _free(self) -> None:
        """Free what is claimed and not under way: left by a killed process, or not begun by us."""
        async with self._database.transaction() as tx:
            await self._work.release(tx, self._claimer)

    async def _release(self, stop: asyncio.Event) -> None:
        backoff = Backoff()
        while not stop.is_set():
            try:
                await self._free()
            except Unavailable as failure:
                self._health = ComponentHealth(
                    ready=False, detail=f"waits for {failure.dependency}"
                )
                await pause(stop, backoff.next_s())
            else:
                self._health = ComponentHealth()
                return

    async def _claim_until(self, stop: asyncio.Event, calls: asyncio.TaskGroup) -> None:
        backoff = Backoff()
        while not stop.is_set():
            self._wake.clear()
            begun_s = asyncio.get_running_loop().time()
            try:
                rows = await self._claimed()
            except Unavailable as failure:
                self._health = ComponentHealth(
                    ready=False, detail=f"waits for {failure.dependency}"
                )
                log.warning("worker waits", worker=self.name, dependency=failure.dependency)
                await pause(stop, backoff.next_s())
                continue
            self._health = ComponentHealth()
            backoff = Backoff()
            self._begin(rows, calls)
            if len(rows) < self._claim_at_once:
                await self._until_wanted(begun_s + _CLAIM_EVERY_S)

    async def _until_wanted(self, at_the_earliest_s: float) -> None:
        """Wait until there may be more; rows that come in quick succession are claimed together.

        Who is woken after a quiet while claims at once: a lone row waits for nobody.
        """
        await pause(self._wake, _POLL_S)
        await asyncio.sleep(at_the_earliest_s - asyncio.get_running_loop().time())

    async def _claimed(self) -> list[Row]:
        terms = self._terms()
        terms = replace(terms, limit=min(self._claim_at_once, terms.limit))
        # What is due may be held back by a call in hand: its place, its party, its application.
        self._look_again = bool(self._in_hand)
        self._behind = None
        if terms.limit <= 0:
            return []
        async with self._database.statements(self._claims) as tx:
            rows = await self._work.claim(tx, terms)
        taken = Counter(map(self._work.party_of, rows))
        full = [party for party, count in taken.items() if count >= terms.per_party]
        if len(rows) < terms.limit:
            self._behind = [*terms.without, *full]
        self._look_again = self._look_again or self._behind is None or bool(full)
        return [row for row in rows if row.key not in self._in_hand]

    def _terms(self) -> Terms:
        under_way = sum(min(calls, self._concurrency) for calls in self._calls.values())
        return Terms(
            self._claimer,
            limit=(_MOST_CALLS - under_way) * self._work.rows_per_call,
            per_party=self._concurrency * self._work.rows_per_call,
            lease_s=self._deadline_s * _LEASE_DEADLINES,
            without=self._busy_parties(),
        )

    def _busy_parties(self) -> list[str]:
        full = {party for party, calls in self._calls.items() if calls >= self._concurrency}
        return sorted(full | self._asking.left_alone())

    def _begin(self, rows: Sequence[Row], calls: asyncio.TaskGroup) -> None:
        until_s = asyncio.get_running_loop().time() + self._deadline_s * _BEGIN_WITHIN_DEADLINES
        for of_one_call in self._work.calls_for(rows):
            self._calls[self._work.party_of(of_one_call[0])] += 1
            self._in_hand.update(row.key for row in of_one_call)
            calls.create_task(self._call(of_one_call, until_s))

    async def _call(self, rows: Sequence[Row], until_s: float) -> None:
        """Make one call when its party has a place free, unless that is too late or at the end."""
        party = self._work.party_of(rows[0])
        set_current(rows[0].trace)
        try:
            async with self._places[party]:
                done = await self._asking.ask(party, rows) if self._may_begin(until_s) else ()
            if done:
                await self._recording.to_the_end(done)
        finally:
            self._in_hand.difference_update(row.key for row in rows)
            self._calls -= Counter([party])
            if self._look_again:
                self._wake.set()

    def _may_begin(self, until_s: float) -> bool:
        return not self._stop.is_set() and asyncio.get_running_loop().time() < until_s
