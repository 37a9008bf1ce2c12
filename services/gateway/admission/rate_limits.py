"""Rate limits by key, in memory of this replica."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

from services.gateway.admission.rules import Bucket, Limit, take

_REMEMBERED = 100_000


class RateLimits:
    """One limit that applies to every key separately.

    Args:
        limit: the limit of one key.
        clock: seconds on a monotonic clock.
        remembered: most keys in memory. The least recently used one is forgotten first; it then
            starts with a full burst.
    """

    def __init__(
        self, limit: Limit, clock: Callable[[], float], *, remembered: int = _REMEMBERED
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._remembered = remembered
        self._buckets: OrderedDict[Hashable, Bucket] = OrderedDict()

    def wait_s(self, key: Hashable) -> float:
        """Count one request; return the seconds to wait, 0 if it is within the limit."""
        bucket, wait_s = take(self._buckets.get(key), self._limit, self._clock())
        self._buckets[key] = bucket
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        return wait_s
