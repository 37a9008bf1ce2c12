"""When to call a destination again, and when to stop.

| failure | whose | next attempt | counted | final |
| --- | --- | --- | --- | --- |
| `Unavailable` of a dependency in `ours` | ours | after 1 to 5 s | no | never |
| the destination's circuit is open | the other party's | when it may be probed | no | never |
| `Unavailable` | the other party's | growing pauses | yes | after `give_up_after_s` |
| `Unreadable` | the other party's | growing pauses | yes | the `unreadable_tries`th |
| `Forged` (its row was changed) | ours | none | no | at once |
| `UnknownDataKey` | ours | when the keys were read again | no | the `defect_tries`th |
| `Refused` | the other party's decision | none | yes | at once |
| `Refused` like the `refusals_in_row` before it | unknown | as for `Unavailable` | yes | the same |
| anything else | a defect of ours | growing pauses | yes | the `defect_tries`th |

While our own database does not answer, the runner waits, and no job is claimed at all.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from libs.encryption import Forged, UnknownDataKey, Unopened
from libs.errors import Refused, Unavailable, Unreadable

_OURS: Final = frozenset({"database", "broker", "opener"})
_OUR_PAUSE_S: Final = (1.0, 5.0)
_KEYS_READ_WITHIN_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try a job again, and when its failure is final.

    Args:
        first_s: seconds after the first failure.
        factor: ratio of a pause to the one before.
        most_s: the longest pause in seconds.
        give_up_after_s: age of a job at which an unavailable destination is a final failure;
            infinity for never.
        unreadable_tries: unreadable answers to a job after which the last one is final.
        refusals_in_row: refusals of a destination in a row, all alike, after which the next ones
            are not final: something else than a decision about each of them may be the reason. None
            where strangers choose what is refused, and could so hold a destination.
        defect_tries: failures of our own code with a job after which the last one is final.
        jitter: share by which a pause varies, so that jobs are not retried all at once.
        ours: dependencies that belong to the platform, not to the other party.
    """

    first_s: float = 1.0
    factor: float = 2.0
    most_s: float = 3600.0
    give_up_after_s: float = 30 * 24 * 3600.0
    unreadable_tries: int = 5
    refusals_in_row: int | None = 5
    defect_tries: int = 3
    jitter: float = 0.25
    ours: Collection[str] = _OURS

    def is_ours(self, failure: Exception) -> bool:
        """Whether our own database, broker or opener failed, and not the destination."""
        if isinstance(failure, Unavailable):
            return failure.dependency in self.ours
        return isinstance(failure, Unopened)

    def pause_s(self, attempts: int, *, retry_after_s: float | None = None) -> float:
        """Return the seconds until the next attempt.

        Args:
            attempts: attempts made so far, at least 1.
            retry_after_s: the destination's `Retry-After`; the pause is never shorter.
        """
        exponent = min(attempts - 1, 60)
        pause_s = min(self.first_s * self.factor**exponent, self.most_s)
        pause_s *= random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311
        return max(pause_s, retry_after_s or 0.0)

    def retry_in_s(
        self, failure: Exception, *, attempts: int, age_s: float, alike: int = 1
    ) -> float | None:
        """Return the seconds until the next attempt, or None where the failure is final.

        Args:
            failure: why the last attempt failed.
            attempts: attempts made so far, the failed one included.
            age_s: seconds since the job was created.
            alike: attempts that failed like the last one: a destination that did not answer for
                long and then answers unreadably has not used up the tries of unreadable answers.
        """
        match failure:
            case Refused() | Forged():
                return None
            case UnknownDataKey():
                return _KEYS_READ_WITHIN_S if alike < self.defect_tries else None
            case Unavailable() if self.is_ours(failure):
                return random.uniform(*_OUR_PAUSE_S)  # noqa: S311
            case Unavailable():
                if age_s >= self.give_up_after_s:
                    return None
                return self.pause_s(attempts, retry_after_s=failure.retry_after_s)
            case Unreadable():
                tries = self.unreadable_tries
            case _:
                tries = self.defect_tries
        return self.pause_s(attempts) if alike < tries else None
