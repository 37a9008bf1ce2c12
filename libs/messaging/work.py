"""Old names of `libs.jobs.job`; to be deleted when nothing imports them."""

from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias

from libs.database.claims import Terms
from libs.database.transaction import Transaction
from libs.jobs.job import Attempt, Job, JobQueue, JobResult, JobT, JobType, Outcome
from libs.jobs.lease import Lease
from libs.trace_context import TraceContext

DueRow = Job


@dataclass(frozen=True, slots=True)
class Asked(Generic[JobT]):
    """Old name of `Attempt`."""

    row: JobT
    trace: TraceContext | None


Act: TypeAlias = Callable[[Sequence[Asked[JobT]]], Awaitable[Sequence[Outcome | Exception]]]
Claim: TypeAlias = Callable[[Transaction, Terms], Awaitable[list[JobT]]]


@dataclass(frozen=True, slots=True)
class Done(Generic[JobT, Outcome]):
    """Old name of `JobResult`."""

    row: JobT
    outcome: Outcome | None
    failure: Exception | None
    next_due_s: float | None
    counts: bool
    trace: TraceContext | None


@dataclass(frozen=True, slots=True)
class Work(Generic[JobT, Outcome]):
    """Old name of `JobType`."""

    claim: Claim[JobT]
    release: Callable[[Transaction, str], Awaitable[None]]
    act: Act[JobT, Outcome]
    record: Callable[[Transaction, Sequence[Done[JobT, Outcome]]], Awaitable[Collection[Hashable]]]
    set_aside: Callable[[Transaction, Sequence[JobT]], Awaitable[None]]
    party_of: Callable[[JobT], str]
    ordered: bool = False
    rows_per_call: int = 1

    def job_type(self, name: str) -> JobType[JobT, Outcome]:
        """Return the same as a job type."""

        async def insert(_: Transaction, __: Sequence[object], ___: Lease) -> Sequence[JobT]:
            raise NotImplementedError

        async def claim(tx: Transaction, lease: Lease) -> Sequence[JobT]:
            terms = Terms(
                lease.holder,
                limit=lease.limit,
                per_party=lease.per_destination,
                lease_s=lease.duration_s,
                without=lease.excluded,
            )
            return await self.claim(tx, terms)

        async def call(attempts: Sequence[Attempt[JobT]]) -> Sequence[Outcome | Exception]:
            return await self.act([Asked(attempt.job, attempt.trace) for attempt in attempts])

        async def record(
            tx: Transaction, results: Sequence[JobResult[JobT, Outcome]]
        ) -> Collection[Hashable]:
            done = [
                Done(
                    each.job,
                    each.outcome,
                    each.failure,
                    each.retry_in_s,
                    counts=each.counts,
                    trace=each.trace,
                )
                for each in results
            ]
            return await self.record(tx, done)

        return JobType(
            queue=JobQueue(name, insert=insert, claim=claim, release=self.release),
            call=call,
            record=record,
            set_aside=self.set_aside,
            destination_of=self.party_of,
            ordered=self.ordered,
            jobs_per_call=self.rows_per_call,
        )


def one_by_one(act: Callable[[JobT], Awaitable[Outcome]]) -> Act[JobT, Outcome]:
    """Old name of `one_per_call`."""

    async def call(asked: Sequence[Asked[JobT]]) -> Sequence[Outcome | Exception]:
        return [await act(each.row) for each in asked]

    return call
