"""Jobs: rows of a table that wait for a call to a system outside the platform.

A job goes straight down: `enqueue` writes it in a transaction, a `JobRunner` claims it, dispatch
makes the call, and the result is recorded. No transaction is open during a call.
"""

from libs.jobs.calls import DestinationCalls
from libs.jobs.job import (
    Attempt,
    Call,
    JobQueue,
    JobResult,
    JobType,
    WritableJobQueue,
    one_per_call,
)
from libs.jobs.lease import NO_LEASE, Lease
from libs.jobs.queue import enqueue
from libs.jobs.retry import RetryPolicy
from libs.jobs.runner import JobRunner

__all__ = [
    "NO_LEASE",
    "Attempt",
    "Call",
    "DestinationCalls",
    "JobQueue",
    "JobResult",
    "JobRunner",
    "JobType",
    "Lease",
    "RetryPolicy",
    "WritableJobQueue",
    "enqueue",
    "one_per_call",
]
