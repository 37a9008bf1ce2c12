"""Recent results of this process's calls to every destination."""

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from libs.clock import utc_now
from libs.jobs.breaker import Breaker, Circuit

_ANSWERS: Final = 256


@dataclass(frozen=True, slots=True)
class DestinationCalls:
    """The results of the calls to one destination.

    Args:
        destination: the destination.
        circuit: of its breaker.
        failures_in_row: calls without an answer since the last answer.
        answered_at: when it last answered; None if it never did.
        failed_at: when it last gave no answer; None if it always did.
        p50_s: median of the seconds that its last 256 answers took; None without an answer.
        p99_s: the 99th percentile of them.
        failure: class of the last failure: what was wrong, where it gave no answer.
    """

    destination: str
    circuit: Circuit
    failures_in_row: int
    answered_at: datetime | None
    failed_at: datetime | None
    p50_s: float | None
    p99_s: float | None
    failure: str | None = None


class CallLog:
    """Remembers the last answer, the last failure and the durations of a destination's answers.

    Args:
        breaker: the breaker of the same calls.
        now: returns the time.
    """

    def __init__(self, breaker: Breaker, now: Callable[[], datetime] = utc_now) -> None:
        self._breaker = breaker
        self._now = now
        self._answered_at: dict[str, datetime] = {}
        self._failed_at: dict[str, datetime] = {}
        self._failures: dict[str, str] = {}
        self._took_s: dict[str, deque[float]] = {}

    def answered(self, destination: str, took_s: float) -> None:
        """Note an answer, also one that refuses."""
        self._answered_at[destination] = self._now()
        self._took_s.setdefault(destination, deque(maxlen=_ANSWERS)).append(took_s)

    def failed(self, destination: str, failure: Exception) -> None:
        """Note a call without an answer that can be used, and why it has none."""
        self._failed_at[destination] = self._now()
        self._failures[destination] = type(failure).__name__

    def read(self) -> list[DestinationCalls]:
        """Return the results of calls, for every destination that was called."""
        return [
            self._of(destination) for destination in sorted({*self._answered_at, *self._failed_at})
        ]

    def _of(self, destination: str) -> DestinationCalls:
        took_s = sorted(self._took_s.get(destination, ()))
        return DestinationCalls(
            destination,
            circuit=self._breaker.circuit(destination),
            failures_in_row=self._breaker.failures_in_row(destination),
            answered_at=self._answered_at.get(destination),
            failed_at=self._failed_at.get(destination),
            p50_s=percentile(took_s, 50),
            p99_s=percentile(took_s, 99),
            failure=self._failures.get(destination),
        )


def percentile(ascending: Collection[float], percent: int) -> float | None:
    """Return the smallest value that `percent` of the values do not exceed; None without values."""
    values = list(ascending)
    return values[max(0, -(-len(values) * percent // 100) - 1)] if values else None
