"""Growing pauses while our own infrastructure is unavailable."""

import random


class Backoff:
    """Pauses that double up to a maximum, with jitter.

    Args:
        first_s: the first pause in seconds.
        most_s: the longest pause in seconds.
    """

    def __init__(self, *, first_s: float = 0.2, most_s: float = 5.0) -> None:
        self._now_s = first_s
        self._most_s = most_s

    def next_s(self) -> float:
        """Return the next pause in seconds."""
        now_s = self._now_s
        self._now_s = min(self._now_s * 2, self._most_s)
        return now_s * random.uniform(0.8, 1.2)  # noqa: S311
