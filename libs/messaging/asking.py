"""One call of an outside party for one row or for many, and what came of it for each."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Generic

import structlog

from libs.errors import Refused, Unavailable, Unreadable
from libs.messaging.breaker import Breaker
from libs.messaging.retry import RetryPolicy
from libs.messaging.work import Asked, Done, Outcome, Row, Work
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import set_current

log = structlog.get_logger()


class Asking(Generic[Row, Outcome]):
    """Asks parties that answer, and lets those alone that do not.

    Args:
        name: the worker's.
        work: the service's functions.
        tracing: places each call in the trace of each row.
        metrics: counts calls and what came of them.
        policy: when to try again.
        deadline_s: a call that takes longer counts as unanswered.
    """

    def __init__(
        self,
        name: str,
        work: Work[Row, Outcome],
        *,
        tracing: Tracing,
        metrics: Metrics,
        policy: RetryPolicy,
        deadline_s: float,
    ) -> None:
        self._name = name
        self._work = work
        self._tracing = tracing
        self._metrics = metrics
        self._policy = policy
        self._deadline_s = deadline_s
        self._breaker = Breaker(time.monotonic)

    def left_alone(self) -> set[str]:
        """The parties that nobody should ask now."""
        return self._breaker.closed_to()

    async def ask(self, party: str, rows: Sequence[Row]) -> list[Done[Row, Outcome]]:
        """Make the call for these rows, where the party may be asked now."""
        if not self._breaker.allows(party):
            failure = Unavailable(party, "not asked while it does not answer")
            pause_s = max(self._breaker.opens_in_s(party), 0.2)
            return [
                Done(row, None, failure, pause_s, counts=False, trace=row.trace) for row in rows
            ]
        started_s = time.monotonic()
        with self._spanned(party, rows) as asked:
            answers = await self._answers(asked)
            done = [self._done(each, answer) for each, answer in zip(asked, answers, strict=True)]
        self._note(party, done)
        took_s = time.monotonic() - started_s
        self._metrics.observe("work_duration_s", took_s, worker=self._name, party=party)
        return done

    @contextmanager
    def _spanned(self, party: str, rows: Sequence[Row]) -> Iterator[list[Asked[Row]]]:
        """Span the call in the trace of each row; only that of a single row is the current one."""
        name, attributes = f"{self._name} {party}", {"nagorik.party": party}
        if len(rows) == 1:
            with self._tracing.span(name, parent=rows[0].trace, attributes=attributes) as trace:
                yield [Asked(rows[0], trace)]
            return
        set_current(self._tracing.begin(sampled=False))
        parents = [row.trace for row in rows]
        with self._tracing.spans(name, parents=parents, attributes=attributes) as traces:
            yield [Asked(row, trace) for row, trace in zip(rows, traces, strict=True)]

    async def _answers(self, asked: Sequence[Asked[Row]]) -> Sequence[Outcome | Exception]:
        try:
            async with asyncio.timeout(self._deadline_s):
                answers = await self._work.act(asked)
        except Exception as failure:  # noqa: BLE001 house: broad-except
            return [failure] * len(asked)
        if len(answers) != len(asked):
            return [ValueError(f"{len(answers)} answers for {len(asked)} rows")] * len(asked)
        return answers

    def _done(self, asked: Asked[Row], answer: Outcome | Exception) -> Done[Row, Outcome]:
        row, trace = asked.row, asked.trace
        if not isinstance(answer, Exception):
            return Done(row, answer, None, None, counts=True, trace=trace)
        if isinstance(answer, TimeoutError):
            answer = Unavailable(self._work.party_of(row), "no answer in time")
        return Done(row, None, answer, self._next_due_s(row, answer), counts=True, trace=trace)

    def _note(self, party: str, done: Sequence[Done[Row, Outcome]]) -> None:
        """Count what came of a call, and let the breaker know whether the party answers."""
        failures = [each.failure for each in done if each.failure is not None]
        if len(failures) < len(done):
            self._metrics.count(
                "work_done", len(done) - len(failures), worker=self._name, party=party
            )
        for failure in failures:
            self._metrics.count(
                "work_failed", worker=self._name, party=party, failure=type(failure).__name__
            )
        for failure in dict.fromkeys(failures):
            if not isinstance(failure, (Refused, Unavailable, Unreadable)):
                log.error("call failed", worker=self._name, party=party, exc_info=failure)
        if all(each.failure and not isinstance(each.failure, Refused) for each in done):
            self._breaker.failed(party)
        else:
            self._breaker.succeeded(party)

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
