"""How much each caller has asked lately, in memory of this replica."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

from services.gateway.admission.rules import Bucket, Limit, take

_REMEMBERED = 100_000


class RateLimits:
    """One limit, held for each key apart.

    Args:
        limit: what each key may ask.
        clock: seconds on a clock that only goes forward.
        remembered: most keys kept; the one that asked longest ago is forgotten first, which can
            only give it more.
    """

    def __init__(
        self, limit: Limit, clock: Callable[[], float], *, remembered: int = _REMEMBERED
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._remembered = remembered
        self._buckets: OrderedDict[Hashable, Bucket] = OrderedDict()

    def wait_s(self, key: Hashable) -> float:
        """Count one request; return the seconds to wait, 0 where it is within the limit."""
        bucket, wait_s = take(self._buckets.get(key), self._limit, self._clock())
        self._buckets[key] = bucket
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        return wait_s
