"""How many traces have spans: so many a second, so that a quiet platform keeps all."""

import math
from collections.abc import Callable


class PerSecond:
    """A budget of things a second.

    Args:
        most: in a second; `inf` for all.
        monotonic_s: a monotonic clock in seconds.
    """

    def __init__(self, most: float, monotonic_s: Callable[[], float]) -> None:
        self._most = most
        self._monotonic_s = monotonic_s
        self._second, self._taken = -1, 0

    def take(self) -> bool:
        """Whether one more is within the budget of this second; it is counted then."""
        if self._most == math.inf:
            return True
        second = math.floor(self._monotonic_s())
        if second != self._second:
            self._second, self._taken = second, 0
        if self._taken >= self._most:
            return False
        self._taken += 1
        return True
