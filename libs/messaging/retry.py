"""How long to wait before trying again: our own parts in seconds, other parties in minutes."""

import random
from dataclasses import dataclass


class Backoff:
    """Pauses for our own infrastructure: growing, jittered, never counted as attempts.

    Args:
        first_s: the first pause in seconds.
        most_s: the longest.
    """

    def __init__(self, *, first_s: float = 0.2, most_s: float = 5.0) -> None:
        self._now_s = first_s
        self._most_s = most_s

    def next_s(self) -> float:
        """The next pause in seconds."""
        now_s = self._now_s
        self._now_s = min(self._now_s * 2, self._most_s)
        return now_s * random.uniform(0.8, 1.2)  # noqa: S311


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to ask another party again, and when to give up.

    Args:
        first_s: seconds after the first failure.
        factor: how much longer each pause is than the one before.
        most_s: the longest pause in seconds.
        give_up_after_s: age of the work at which a failure is the last one.
        nonsense_tries: tries after which an unreadable answer is final.
        defect_tries: tries after which a failure of our own code is final.
        jitter: share by which a pause varies, so that a party that comes back is not stormed.
    """

    first_s: float = 1.0
    factor: float = 2.0
    most_s: float = 3600.0
    give_up_after_s: float = 30 * 24 * 3600.0
    nonsense_tries: int = 5
    defect_tries: int = 3
    jitter: float = 0.25

    def pause_s(self, attempts: int, *, retry_after_s: float | None = None) -> float:
        """Seconds until the next try.

        Args:
            attempts: tries made so far, at least 1.
            retry_after_s: what the other party asked for; never undercut.
        """
        exponent = min(attempts - 1, 60)
        pause_s = min(self.first_s * self.factor**exponent, self.most_s)
        pause_s *= random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311
        return max(pause_s, retry_after_s or 0.0)
