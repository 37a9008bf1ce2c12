"""Jobs and job types: the values that a service and the job runner exchange."""

from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from libs.database.transaction import Transaction
from libs.jobs.lease import Lease
from libs.trace_context import TraceContext


class Job(Protocol):
    """The properties of a job that the runner uses."""

    @property
    def key(self) -> Hashable:
        """The job's id."""

    @property
    def attempts(self) -> int:
        """Number of attempts made before."""

    @property
    def created_at(self) -> datetime:
        """The time of the job's creation."""

    @property
    def trace(self) -> TraceContext | None:
        """The trace that the job belongs to."""


NewT = TypeVar("NewT")
JobT = TypeVar("JobT", bound=Job)
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Attempt(Generic[JobT]):
    """One attempt at a job.

    Args:
        job: the job as claimed.
        trace: the context of this call in the job's own trace; None where it has none.
    """

    job: JobT
    trace: TraceContext | None


Call: TypeAlias = Callable[[Sequence[Attempt[JobT]]], Awaitable[Sequence[Outcome | Exception]]]
"""Makes one call for jobs of one destination; returns an outcome or an exception for each job.

An exception for all jobs of the call may be raised instead.
"""


@dataclass(frozen=True, slots=True)
class JobResult(Generic[JobT, Outcome]):
    """The result of one attempt.

    Args:
        job: the job as claimed.
        outcome: the destination's answer; None after a failure.
        failure: why there is no outcome: Refused, Unavailable, Unreadable, or a defect.
        retry_in_s: seconds until the next attempt; None with a failure if it is final.
        counts: whether the attempt counts; false if the destination was not called.
        trace: the context of the call's span, for the events that follow from it.
    """

    job: JobT
    outcome: Outcome | None
    failure: Exception | None
    retry_in_s: float | None
    counts: bool
    trace: TraceContext | None


class Release(Protocol):
    """Releases the jobs that a holder has claimed, but for those with some keys."""

    async def __call__(self, tx: Transaction, holder: str, /, kept: Collection[Any] = ()) -> None:
        """Release them."""


@dataclass(frozen=True, slots=True)
class JobQueue(Generic[JobT]):
    """The table of one job type; its functions are the service's own queries.

    Args:
        name: the queue's name, which is also notified on commit.
        claim: claims due jobs under the lease: one statement with SKIP LOCKED.
        release: releases the jobs that this holder has claimed, but for those with these keys.
        oldest_due_age_s: returns for how many seconds the oldest due job is due; 0 if none is.
    """

    name: str
    claim: Callable[[Transaction, Lease], Awaitable[Sequence[JobT]]]
    release: Release
    oldest_due_age_s: Callable[[Transaction], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class WritableJobQueue(JobQueue[JobT], Generic[NewT, JobT]):
    """A queue to which `enqueue` adds jobs.

    Args:
        insert: writes new jobs; claims under the lease those that are due at once, in the same
            statement, and returns the claimed ones.
    """

    insert: Callable[[Transaction, Sequence[NewT], Lease], Awaitable[Sequence[JobT]]]


@dataclass(frozen=True, slots=True)
class JobType(Generic[JobT, Outcome]):
    """The service's functions for the jobs of one queue.

    Args:
        queue: the queue.
        call: calls the destination once.
        record: writes job results and the events that follow, in one transaction; returns the keys
            of the jobs that have now failed for good.
        mark_failed: closes jobs as failed, for results that `record` cannot write.
        destination_of: the destination of a job.
        ordered: whether later jobs of the same application wait behind a failed one.
        jobs_per_call: maximum number of jobs in one call.
    """

    queue: JobQueue[JobT]
    call: Call[JobT, Outcome]
    record: Callable[
        [Transaction, Sequence[JobResult[JobT, Outcome]]], Awaitable[Collection[Hashable]]
    ]
    mark_failed: Callable[[Transaction, Sequence[JobT]], Awaitable[None]]
    destination_of: Callable[[JobT], str]
    ordered: bool = False
    jobs_per_call: int = 1

    def group_into_calls(self, jobs: Sequence[JobT]) -> list[list[JobT]]:
        """Group jobs into calls of one destination each, in the given order."""
        by_destination: dict[str, list[JobT]] = {}
        for job in jobs:
            by_destination.setdefault(self.destination_of(job), []).append(job)
        return [
            group[start : start + self.jobs_per_call]
            for group in by_destination.values()
            for start in range(0, len(group), self.jobs_per_call)
        ]


def one_per_call(call: Callable[[JobT], Awaitable[Outcome]]) -> Call[JobT, Outcome]:
    """Make a `Call` from a function that takes one job."""

    async def call_all(attempts: Sequence[Attempt[JobT]]) -> Sequence[Outcome | Exception]:
        return [await call(attempt.job) for attempt in attempts]

    return call_all
