"""Records job results, many in one transaction; final failures become dead letters.

A call must not be repeated because its result could not be written. So the write is repeated for as
long as our database is unavailable. If the database rejects a result, its job is closed as failed
after a few attempts; otherwise the job would be called again after each lease.
"""

import asyncio
from collections.abc import Sequence
from typing import Generic

import structlog

from libs.backoff import Backoff
from libs.database.group import GroupCommit
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters import alerts, use_cases
from libs.dead_letters.rules import FailedJob, reason_of
from libs.errors import Unavailable
from libs.jobs.job import JobResult, JobT, JobType, Outcome
from libs.telemetry.metrics import Metrics

_TRIES = 3

log = structlog.get_logger()


class ResultRecorder(Generic[JobT, Outcome]):
    """Records the results of one job type.

    Args:
        job_type: the service's functions.
        database: the service's own.
        metrics: counts final failures.
        gather_s: seconds to wait for more results; 0 for results that a person waits for.
    """

    def __init__(
        self,
        job_type: JobType[JobT, Outcome],
        database: Database,
        metrics: Metrics,
        *,
        gather_s: float = 0.0,
    ) -> None:
        self._job_type = job_type
        self._queue = job_type.queue.name
        self._database = database
        self._metrics = metrics
        self._group: GroupCommit[JobResult[JobT, Outcome], None] = GroupCommit(
            f"{self._queue} results", database, self._write, gather_s=gather_s
        )
        alerts.watch(metrics, self._queue)

    async def run(self, stop: asyncio.Event) -> None:
        """Write groups of results until `stop` is set and no result is waiting."""
        await self._group.run(stop)

    async def record(self, results: Sequence[JobResult[JobT, Outcome]]) -> None:
        """Record results, however long our database is unavailable."""
        rejected: list[tuple[JobResult[JobT, Outcome], Exception]] = []
        for _ in range(_TRIES):
            rejected = await self._submit(results)
            if not rejected:
                return
            for result, failure in rejected:
                key = str(result.job.key)
                log.error("result cannot be recorded", queue=self._queue, job=key, exc_info=failure)
            results = [result for result, _ in rejected]
        for result, failure in rejected:
            try:
                await self._mark_failed(result, f"unrecorded.{type(failure).__name__}")
            except Exception:  # house: broad-except (the other results go on)
                log.exception(
                    "job cannot be marked as failed", queue=self._queue, job=str(result.job.key)
                )

    async def _submit(
        self, results: Sequence[JobResult[JobT, Outcome]]
    ) -> list[tuple[JobResult[JobT, Outcome], Exception]]:
        """Write results; return those that the database rejects, with the reason."""
        rejected: list[tuple[JobResult[JobT, Outcome], Exception]] = []
        backoff = Backoff(first_s=0.1)
        while True:
            try:
                written = await self._group.submit_all(results)
            except Unavailable as failure:
                written = [failure] * len(results)
            failed = [
                (result, failure)
                for result, failure in zip(results, written, strict=True)
                if failure is not None
            ]
            rejected += [pair for pair in failed if not isinstance(pair[1], Unavailable)]
            results = [result for result, failure in failed if isinstance(failure, Unavailable)]
            if not results:
                return rejected
            await asyncio.sleep(backoff.next_s())

    async def _write(
        self, tx: Transaction, results: Sequence[JobResult[JobT, Outcome]]
    ) -> Sequence[Exception | None]:
        ended = await self._job_type.record(tx, results)
        failed = [
            self._failed(result, *reason_of(result.failure))
            for result in results
            if result.job.key in ended
        ]
        await use_cases.keep_jobs(tx, self._metrics, failed)
        return [None] * len(results)

    async def _mark_failed(self, result: JobResult[JobT, Outcome], reason: str) -> None:
        """Close a job as failed, however long our database is unavailable."""
        failed = self._failed(result, reason, "the result of the call could not be written")
        backoff = Backoff(first_s=0.1)
        while True:
            try:
                async with self._database.transaction() as tx:
                    await self._job_type.mark_failed(tx, [result.job])
                    await use_cases.keep_jobs(tx, self._metrics, [failed])
            except Unavailable:
                await asyncio.sleep(backoff.next_s())
            else:
                return

    def _failed(self, result: JobResult[JobT, Outcome], reason: str, detail: str) -> FailedJob:
        return FailedJob(
            job_type=self._queue,
            job_key=str(result.job.key),
            destination=self._job_type.destination_of(result.job),
            reason=reason,
            detail=detail,
            attempts=result.job.attempts + result.counts,
            blocks=self._job_type.ordered,
            trace=result.job.trace,
        )
