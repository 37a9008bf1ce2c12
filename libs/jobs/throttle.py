"""Limits the calls to a destination: its own limits, and few calls at first after an outage."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from math import floor, inf
from typing import Final, Protocol

_FIRST_PER_S: Final = 1.0
_DOUBLES_AFTER_S: Final = 30.0
_CAUGHT_UP_AFTER_S: Final = 300.0  # by then 1,024 a second: the ordinary limits hold


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of calls to one destination; None for no limit of its own.

    Args:
        calls_at_once: most calls at the same time.
        calls_per_s: most calls a second, in the long run.
    """

    calls_at_once: int | None = None
    calls_per_s: float | None = None


NO_LIMITS: Final = Limits()


class DestinationLimits(Protocol):
    """The limits of destinations as they are set now."""

    def closed(self) -> Collection[str]:
        """Return the destinations that must not be called now: planned outages, hours."""

    def unknown(self) -> Collection[str]:
        """Return the destinations whose limits are not read yet; they must not be called either."""

    def limited(self) -> Collection[str]:
        """Return the destinations that have limits of their own."""

    def of(self, destination: str) -> Limits:
        """Return the limits of a destination."""


@dataclass(slots=True)
class _Bucket:
    calls: float
    filled_at_s: float


class Throttle:
    """Decides how many calls may begin to a destination now.

    After an outage a destination gets one call a second at first, and twice as many every half
    minute: it is filled again slowly, whatever waits for it.

    Args:
        limits: as they are set; without them, destinations differ in nothing, and are called as
            before after an outage.
        calls_at_once: most calls at the same time to any destination.
        clock: returns seconds of a monotonic clock.
    """

    def __init__(
        self, limits: DestinationLimits | None, *, calls_at_once: int, clock: Callable[[], float]
    ) -> None:
        self._limits = limits
        self._calls_at_once = calls_at_once
        self._clock = clock
        self._closed: frozenset[str] = frozenset()
        self._buckets: dict[str, _Bucket] = {}
        self._recovered_at_s: dict[str, float] = {}

    def closed(self) -> frozenset[str]:
        """Return the destinations that must not be called now."""
        if self._limits is None:
            return frozenset()
        closed = frozenset(self._limits.closed())
        for destination in self._closed - closed:
            self.recovered(destination)
        self._closed = closed
        return closed.union(self._limits.unknown())

    def limited(self) -> set[str]:
        """Return the destinations that may get fewer calls than the others."""
        return {*(self._limits.limited() if self._limits else ()), *self._recovered_at_s}

    def at_once(self, destination: str) -> int:
        """Return how many calls to a destination there may be at the same time."""
        own = self._own(destination).calls_at_once
        return self._calls_at_once if own is None else min(own, self._calls_at_once)

    def may_begin(self, destination: str) -> int | None:
        """Return how many calls may begin now; None for as many as there may be at once."""
        per_s = self._per_s(destination)
        if per_s == inf:
            self._buckets.pop(destination, None)
            return None
        return max(0, floor(self._filled(destination, per_s).calls))

    def began(self, destination: str, calls: int = 1) -> None:
        """Note that calls begin."""
        per_s = self._per_s(destination)
        if per_s != inf:
            self._filled(destination, per_s).calls -= calls

    def recovered(self, destination: str) -> None:
        """Note that a destination may be called, or answers, after it did not."""
        if self._limits is not None:
            self._recovered_at_s[destination] = self._clock()
            self._buckets.pop(destination, None)

    def _own(self, destination: str) -> Limits:
        return self._limits.of(destination) if self._limits else NO_LIMITS

    def _per_s(self, destination: str) -> float:
        own = self._own(destination).calls_per_s or inf
        recovered_at_s = self._recovered_at_s.get(destination)
        if recovered_at_s is None:
            return own
        since_s = self._clock() - recovered_at_s
        if since_s >= _CAUGHT_UP_AFTER_S:
            del self._recovered_at_s[destination]
            return own
        return min(own, _FIRST_PER_S * 2 ** (since_s // _DOUBLES_AFTER_S))

    def _filled(self, destination: str, per_s: float) -> _Bucket:
        now_s = self._clock()
        bucket = self._buckets.setdefault(destination, _Bucket(max(1.0, per_s), now_s))
        bucket.calls = min(1 + per_s, bucket.calls + (now_s - bucket.filled_at_s) * per_s)
        bucket.filled_at_s = now_s
        return bucket
