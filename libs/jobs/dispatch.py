"""One call to a destination, for one job or for many, and the result for each job."""

import asyncio
import time
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Generic

import structlog

from libs.errors import NotAdmitted, Refused, RefusesAll, Unanswered, Unavailable, Unreadable
from libs.jobs.breaker import Breaker
from libs.jobs.calls import CallLog, DestinationCalls
from libs.jobs.job import Attempt, JobResult, JobT, JobType, Outcome
from libs.jobs.retry import RetryPolicy
from libs.jobs.throttle import Throttle
from libs.telemetry import spans
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import new_context, set_current

_MIN_RETRY_S = 0.2
_ALERTING = (NotAdmitted, RefusesAll)  # failures that do not end by waiting

log = structlog.get_logger()


class Dispatcher(Generic[JobT, Outcome]):
    """Calls destinations, except those that do not answer.

    Args:
        job_type: the service's functions.
        tracing: makes a span for each call in the trace of each job.
        metrics: counts calls and their results.
        policy: when to try again.
        deadline_s: a call that takes longer counts as unanswered.
        throttle: is told of destinations that answer again.
        destinations: those whose calls are counted from zero; others from their first call on.
    """

    def __init__(  # noqa: PLR0913
        self,
        job_type: JobType[JobT, Outcome],
        *,
        tracing: Tracing,
        metrics: Metrics,
        policy: RetryPolicy,
        deadline_s: float,
        throttle: Throttle,
        destinations: Iterable[str] = (),
    ) -> None:
        self._job_type = job_type
        self._queue = job_type.queue.name
        self._tracing = tracing
        self._metrics = metrics
        self._policy = policy
        self._deadline_s = deadline_s
        self._throttle = throttle
        self._breaker = Breaker(time.monotonic)
        self._calls = CallLog(self._breaker)
        # Unreadable answers and defects by job, as far as this process has seen them.
        self._alike: Counter[tuple[Hashable, bool]] = Counter()
        # The last refusal of each destination, and how many like it came in a row.
        self._refusals: dict[str, tuple[str, int]] = {}
        for destination in destinations:
            self._watch(destination)

    def _watch(self, destination: str) -> None:
        """Start the counters of a destination that alerts use at zero, and show its circuit.

        A series that begins at one has no increase for Prometheus.
        """
        count = partial(self._metrics.count, queue=self._queue, destination=destination)
        for metric in ("jobs_done", "jobs_failed"):
            count(metric, 0)
        for failure in _ALERTING:
            count("job_attempts_failed", 0, failure=failure.__name__)
        self._show_circuit(destination)

    def _show_circuit(self, destination: str) -> None:
        is_open = self._breaker.circuit(destination) != "closed"
        self._metrics.gauge("circuit_open", is_open, queue=self._queue, destination=destination)

    def open_circuits(self) -> set[str]:
        """Return the destinations that must not be called now."""
        return self._breaker.open_circuits()

    def calls(self) -> list[DestinationCalls]:
        """Return the results of the calls to each destination."""
        return self._calls.read()

    async def dispatch(
        self, destination: str, jobs: Sequence[JobT]
    ) -> list[JobResult[JobT, Outcome]]:
        """Make the call for these jobs, if the breaker allows it."""
        if not self._breaker.allows(destination):
            failure = Unavailable(destination, "not called while it does not answer")
            retry_in_s = max(self._breaker.opens_in_s(destination), _MIN_RETRY_S)
            return [
                JobResult(job, None, failure, retry_in_s, counts=False, trace=job.trace)
                for job in jobs
            ]
        started_s = time.monotonic()
        with self._spans(destination, jobs) as attempts:
            answers = await self._call(attempts)
            results = [
                self._result(attempt, answer)
                for attempt, answer in zip(attempts, answers, strict=True)
            ]
        took_s = time.monotonic() - started_s
        self._note(destination, results, took_s)
        self._metrics.observe("job_duration_s", took_s, queue=self._queue, destination=destination)
        return results

    @contextmanager
    def _spans(self, destination: str, jobs: Sequence[JobT]) -> Iterator[list[Attempt[JobT]]]:
        """Make a span of the call in the trace of each job; a single job's is the current one."""
        name, _, attributes = spans.job(self._queue, destination)
        if len(jobs) == 1:
            with self._tracing.span(name, parent=jobs[0].trace, attributes=attributes) as trace:
                yield [Attempt(jobs[0], trace)]
            return
        set_current(new_context())
        parents = [job.trace for job in jobs]
        with self._tracing.spans(name, parents=parents, attributes=attributes) as traces:
            yield [Attempt(job, trace) for job, trace in zip(jobs, traces, strict=True)]

    async def _call(self, attempts: Sequence[Attempt[JobT]]) -> Sequence[Outcome | Exception]:
        try:
            async with asyncio.timeout(self._deadline_s):
                answers = await self._job_type.call(attempts)
        except Exception as failure:  # noqa: BLE001 house: broad-except
            return [failure] * len(attempts)
        if len(answers) != len(attempts):
            return [ValueError(f"{len(answers)} answers for {len(attempts)} jobs")] * len(attempts)
        return answers

    def _result(
        self, attempt: Attempt[JobT], answer: Outcome | Exception
    ) -> JobResult[JobT, Outcome]:
        job, trace = attempt.job, attempt.trace
        destination = self._job_type.destination_of(job)
        if not isinstance(answer, Exception):
            self._forget(job)
            self._refusals.pop(destination, None)
            return JobResult(job, answer, None, None, counts=True, trace=trace)
        if isinstance(answer, TimeoutError):
            answer = Unanswered(destination, "no answer in time")
        elif isinstance(answer, Refused):
            answer = self._one_of_many(destination, answer)
        retry_in_s = self._policy.retry_in_s(
            answer,
            attempts=job.attempts + 1,
            age_s=(datetime.now(UTC) - job.created_at).total_seconds(),
            alike=self._count_alike(job, answer),
        )
        if retry_in_s is None:
            self._forget(job)
            shown = spans.job(self._queue, destination)
            self._tracing.keep_failed(shown, job.trace, type(answer).__name__)
        counts = not self._policy.is_ours(answer)
        return JobResult(job, None, answer, retry_in_s, counts=counts, trace=trace)

    def _one_of_many(self, destination: str, refusal: Refused) -> Refused | RefusesAll:
        """Return a refusal; one that is not final if a destination refuses all alike."""
        most, (last, count) = self._policy.refusals_in_row, self._refusals.get(destination, ("", 0))
        count = count + 1 if str(refusal) == last else 1
        self._refusals[destination] = str(refusal), count
        if most is None or count <= most:
            return refusal
        return RefusesAll(destination, f"refuses all alike: {refusal}")

    def _count_alike(self, job: JobT, failure: Exception) -> int:
        """Return how many attempts of a job have failed unreadably, or by a defect, like this."""
        if isinstance(failure, (Refused, Unavailable)):
            return 1
        kind = job.key, isinstance(failure, Unreadable)
        self._alike[kind] += 1
        return self._alike[kind]

    def _forget(self, job: JobT) -> None:
        for is_unreadable in (True, False):
            self._alike.pop((job.key, is_unreadable), None)

    def _note(
        self, destination: str, results: Sequence[JobResult[JobT, Outcome]], took_s: float
    ) -> None:
        """Count the results, and record in the breaker whether the destination answered.

        Where our own infrastructure failed, the destination was not asked, and is not counted.
        """
        failures = [result.failure for result in results if result.failure is not None]
        count = partial(self._metrics.count, queue=self._queue, destination=destination)
        if len(failures) < len(results):
            count("jobs_done", len(results) - len(failures))
        for failure in failures:
            count("job_attempts_failed", failure=type(failure).__name__)
        for failure in dict.fromkeys(failures):
            if not isinstance(failure, (Refused, Unavailable, Unreadable)):
                log.error(
                    "call failed", queue=self._queue, destination=destination, exc_info=failure
                )
        if failures and all(self._policy.is_ours(failure) for failure in failures):
            self._breaker.passed_over(destination)
        elif len(failures) == len(results) and not any(isinstance(f, Refused) for f in failures):
            self._breaker.failed(destination)
            self._calls.failed(destination, failures[-1])
        else:
            if self._breaker.succeeded(destination):
                self._throttle.recovered(destination)
            self._calls.answered(destination, took_s)
        self._show_circuit(destination)
