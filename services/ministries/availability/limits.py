"""The limits of ministries' systems in memory, as the job runner asks for them."""

from collections.abc import Callable, Collection
from datetime import datetime

from libs.bangladesh.bodies import bodies_by_id
from libs.clock import utc_now
from libs.jobs.throttle import NO_LIMITS, Limits
from services.ministries.availability.rules import closed_ministries
from services.ministries.availability.use_cases import Availability


class MinistryLimits:
    """The settings for calls to every ministry's system.

    Args:
        processes: how many processes share the calls a second of a ministry.
        now: returns the time.
    """

    def __init__(self, *, processes: int = 1, now: Callable[[], datetime] = utc_now) -> None:
        self._processes = processes
        self._now = now
        self._availability: Availability | None = None
        self._limits: dict[str, Limits] = {}

    def put(self, availability: Availability) -> None:
        """Replace the earlier settings by these."""
        self._availability = availability
        self._limits = {
            limit.ministry: Limits(
                None if limit.calls_at_once is None else self._share(limit.calls_at_once),
                None if limit.calls_per_s is None else limit.calls_per_s / self._processes,
            )
            for limit in availability.limits
        }

    def closed(self) -> Collection[str]:
        """Return the ministries whose systems must not be called now."""
        availability = self._availability
        if availability is None:
            return ()
        return closed_ministries(availability.outages, availability.hours, self._now())

    def unknown(self) -> Collection[str]:
        """Return all ministries until `put`: the start of a process is no outage of theirs."""
        return bodies_by_id().keys() if self._availability is None else ()

    def limited(self) -> Collection[str]:
        """Return the ministries that have limits of their own."""
        return self._limits.keys()

    def of(self, destination: str) -> Limits:
        """Return the limits of a ministry's system for this process."""
        return self._limits.get(destination, NO_LIMITS)

    def _share(self, calls: int) -> int:
        """Return this process's part, at least one."""
        return max(1, calls // self._processes)
