"""The job runner: claims due jobs, calls their destinations, and records the results.

No transaction is open during a call. The claim needs no fsync; the result has its own. After a kill
between call and record the job is still claimed. At the next start of the runner, or after the
lease, it is claimed again and the call is repeated under the same idempotency key. A job whose call
has not begun in time, or before the end, is released; so is one that a claim without an answer took
when our database went away, once it is back.

A job that is due at once needs no claim of its own: see `libs.jobs.queue`. While more jobs are due
than the runner can claim, in all or for one destination, new jobs wait behind them.

Failures have two policies. While our own database is unavailable, the runner waits, which counts no
attempt. A destination is called again after minutes to hours, and a circuit breaker prevents calls
meanwhile.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Generic

import structlog

from libs.backoff import Backoff
from libs.component import ComponentHealth, pause
from libs.database.pool import Database, OwnConnection
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.jobs.calls import DestinationCalls
from libs.jobs.dispatch import Dispatcher
from libs.jobs.job import JobT, JobType, Outcome
from libs.jobs.lease import NO_LEASE, Lease
from libs.jobs.results import ResultRecorder
from libs.jobs.retry import RetryPolicy
from libs.jobs.throttle import DestinationLimits, Throttle
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import set_current

_JOBS_PER_CLAIM = 64
_MAX_CALLS = 256
_LEASE_DEADLINES = 4  # the duration of a lease, in deadlines of a call
_START_WITHIN_DEADLINES = 2  # the rest of the lease is for the call and recording its result

log = structlog.get_logger()


class JobRunner(Generic[JobT, Outcome]):
    """Runs the jobs of one type; a slow or unavailable destination delays only its own jobs.

    Args:
        job_type: the service's functions.
        database: the service's own.
        replica: the stable name of this replica.
        tracing: makes a span for each call in the trace of its jobs.
        metrics: counts calls and their results.
        policy: when to try again.
        deadline_s: a call that takes longer counts as unanswered.
        calls_per_destination: maximum number of calls to one destination at once.
        limits: what single destinations can bear, and which must not be called now. With them, a
            destination that answers again is called slowly at first.
        gather_s: seconds to wait for more results.
        poll_s: seconds between two claims without a wake-up.
        claim_every_s: minimum seconds between two claims: jobs that come in quick succession are
            claimed together.
        excluded: returns the destinations whose jobs must not be claimed now.
        destinations: those whose calls are counted from zero; others from their first call on.
        clock: returns seconds of a monotonic clock.
    """

    def __init__(  # noqa: PLR0913
        self,
        job_type: JobType[JobT, Outcome],
        *,
        database: Database,
        replica: str,
        tracing: Tracing,
        metrics: Metrics,
        policy: RetryPolicy,
        deadline_s: float = 10.0,
        calls_per_destination: int = 16,
        limits: DestinationLimits | None = None,
        gather_s: float = 0.0,
        poll_s: float = 1.0,
        claim_every_s: float = 0.01,
        excluded: Callable[[], Collection[str]] = tuple,
        destinations: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = job_type.queue.name
        self._job_type = job_type
        self._database = database
        self._holder = f"{self.name}-{replica}"
        self._deadline_s = deadline_s
        self._calls_per_destination = calls_per_destination
        self._throttle = Throttle(limits, calls_at_once=calls_per_destination, clock=clock)
        self._poll_s, self._claim_every_s = poll_s, claim_every_s
        self._excluded, self._clock, self._metrics = excluded, clock, metrics
        self._jobs_per_claim = max(_JOBS_PER_CLAIM, job_type.jobs_per_call)
        self._dispatcher = Dispatcher(
            job_type,
            tracing=tracing,
            metrics=metrics,
            policy=policy,
            deadline_s=deadline_s,
            throttle=self._throttle,
            destinations=destinations,
        )
        metrics.count("step_defects", 0, component=self.name)
        self._recorder = ResultRecorder(job_type, database, metrics, gather_s=gather_s)
        self._claim_connection = OwnConnection()
        self._started: set[Hashable] = set()  # keys of jobs that are called or recorded
        self._calls: Counter[str] = Counter()
        self._slots: dict[tuple[str, int], asyncio.Semaphore] = {}
        self._claim_after_call = self._may_hold_others = False
        self._more_due: Collection[str] | None = None  # destinations; None: perhaps any
        self._tasks: asyncio.TaskGroup | None = None
        self._stop = asyncio.Event()
        self._wake = asyncio.Event()
        self._health = ComponentHealth(ready=False, detail="starting")
        database.on_notification(self.name, self._wake.set)
        database.attach_runner(self.name, self)

    def health(self) -> ComponentHealth:
        """Ready while the database answers, even if no destination does."""
        return self._health

    async def oldest_due_age_s(self, tx: Transaction) -> float:
        """Return how many seconds ago the oldest due job was due; 0 if none is due."""
        return await self._job_type.queue.oldest_due_age_s(tx)

    def calls(self) -> list[DestinationCalls]:
        """Return the results of this process's calls to each destination."""
        return self._dispatcher.calls()

    def lease(self) -> Lease:
        """Return the lease under which new jobs may be claimed as they are written.

        It leaves out destinations that have older jobs waiting.
        """
        if self._more_due is None or self._tasks is None or self._may_hold_others:
            return NO_LEASE
        lease = self._lease()
        return replace(lease, excluded=[*lease.excluded, *self._more_due])

    def start(self, jobs: Sequence[JobT]) -> None:
        """Start jobs that were claimed under this runner's lease.

        After the end of the runner they stay claimed until its next start, or the end of the lease.
        """
        if self._tasks is not None:
            self._start(jobs, self._tasks)

    async def run(self, stop: asyncio.Event) -> None:
        """Run jobs until `stop` is set; calls under way are finished and recorded."""
        self._stop = stop
        recorded = asyncio.Event()
        async with asyncio.TaskGroup() as outer:
            outer.create_task(self._recorder.run(recorded))
            outer.create_task(self._wake_at(stop))
            await self._release_at_start(stop)
            async with asyncio.TaskGroup() as self._tasks:
                try:
                    await self._claim_until(stop, self._tasks)
                finally:
                    self._tasks = None
            await self._claim_connection.close()
            recorded.set()
        with suppress(Unavailable):  # the lease or the next start releases them as well
            await self._release()

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _release(self) -> None:
        """Release claimed jobs that a killed process left, or that this one did not begin."""
        async with self._database.transaction() as tx:
            await self._job_type.queue.release(tx, self._holder, self._started)
        self._may_hold_others = False

    async def _release_at_start(self, stop: asyncio.Event) -> None:
        backoff = Backoff()
        while not stop.is_set():
            try:
                await self._release()
            except Unavailable as failure:
                self._note_unavailable(failure)
                await pause(stop, backoff.next_s())
            else:
                self._health = ComponentHealth()
                return

    async def _claim_until(self, stop: asyncio.Event, tasks: asyncio.TaskGroup) -> None:
        backoff = Backoff()
        while not stop.is_set():
            self._wake.clear()
            begun_s = asyncio.get_running_loop().time()
            try:
                jobs = await self._claim()
            except Unavailable as failure:
                self._note_unavailable(failure)
                await pause(stop, backoff.next_s())
                continue
            except Exception:  # house: broad-except (the next claim may succeed)
                self._metrics.count("step_defects", component=self.name)
                log.exception("claim failed by a defect", queue=self.name)
                await pause(stop, backoff.next_s())
                continue
            self._health = ComponentHealth()
            backoff = Backoff()
            self._start(jobs, tasks)
            if len(jobs) < self._jobs_per_claim:
                await self._wait_for_more(begun_s + self._claim_every_s)

    async def _wait_for_more(self, not_before_s: float) -> None:
        """Wait for more due jobs; after an idle time, a wake-up ends the wait at once."""
        await pause(self._wake, self._poll_s)
        await asyncio.sleep(not_before_s - asyncio.get_running_loop().time())

    async def _claim(self) -> Sequence[JobT]:
        if self._may_hold_others:
            await self._release()
        lease = self._lease()
        lease = replace(lease, limit=min(self._jobs_per_claim, lease.limit))
        # A started job may block a due one: it takes a slot, or comes earlier in the order.
        self._claim_after_call = bool(self._started)
        self._more_due = None
        if lease.limit <= 0:
            return []
        self._may_hold_others = True  # until the answer is here: it may be lost
        async with self._database.statements(self._claim_connection) as tx:
            jobs = await self._job_type.queue.claim(tx, lease)
        self._may_hold_others = False
        claimed = Counter(map(self._job_type.destination_of, jobs))
        full = [name for name, count in claimed.items() if count >= lease.share_of(name)]
        if len(jobs) < lease.limit:
            self._more_due = [*lease.excluded, *full]
        self._claim_after_call = self._claim_after_call or self._more_due is None or bool(full)
        return [job for job in jobs if job.key not in self._started]

    def _lease(self) -> Lease:
        under_way = sum(min(calls, self._calls_per_destination) for calls in self._calls.values())
        shares = self._shares()
        return Lease(
            self._holder,
            limit=(_MAX_CALLS - under_way) * self._job_type.jobs_per_call,
            per_destination=self._calls_per_destination * self._job_type.jobs_per_call,
            duration_s=self._deadline_s * _LEASE_DEADLINES,
            excluded=self._busy_destinations(shares),
            shares=shares,
        )

    def _shares(self) -> dict[str, int]:
        """Return the number of jobs for destinations that get fewer than the others now."""
        shares = {}
        for name in self._throttle.limited():
            calls = self._throttle.at_once(name) - self._calls[name]
            may_begin = self._throttle.may_begin(name)
            share = calls if may_begin is None else min(calls, may_begin)
            shares[name] = max(0, share) * self._job_type.jobs_per_call
        return shares

    def _busy_destinations(self, shares: Mapping[str, int]) -> list[str]:
        full = {name for name, calls in self._calls.items() if calls >= self._calls_per_destination}
        full |= {name for name, share in shares.items() if share == 0}
        return sorted(
            full.union(self._dispatcher.open_circuits(), self._throttle.closed(), self._excluded())
        )

    def _slot(self, destination: str) -> asyncio.Semaphore:
        at_once = self._throttle.at_once(destination)
        return self._slots.setdefault((destination, at_once), asyncio.Semaphore(at_once))

    def _start(self, jobs: Sequence[JobT], tasks: asyncio.TaskGroup) -> None:
        until_s = self._clock() + self._deadline_s * _START_WITHIN_DEADLINES
        for group in self._job_type.group_into_calls(jobs):
            destination = self._job_type.destination_of(group[0])
            self._calls[destination] += 1
            self._throttle.began(destination)
            self._started.update(job.key for job in group)
            tasks.create_task(self._call_and_record(group, until_s))

    async def _call_and_record(self, jobs: Sequence[JobT], until_s: float) -> None:
        """Make one call when its destination has a free slot, unless the lease is nearly over."""
        destination = self._job_type.destination_of(jobs[0])
        set_current(jobs[0].trace)
        try:
            async with self._slot(destination):
                may_begin = not self._stop.is_set() and self._clock() < until_s
                results = await self._dispatcher.dispatch(destination, jobs) if may_begin else ()
            if results:
                await self._recorder.record(results)
        finally:
            self._started.difference_update(job.key for job in jobs)
            self._calls -= Counter([destination])
            if self._claim_after_call:
                self._wake.set()

    def _note_unavailable(self, failure: Unavailable) -> None:
        self._health = ComponentHealth(ready=False, detail=f"waits for {failure.dependency}")
        log.warning("job runner waits", queue=self.name, dependency=failure.dependency)
