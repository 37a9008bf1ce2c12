"""The current time as an object that is passed in, so that tests choose it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """The source of the current time.

    Args:
        now: returns the time now, with its time zone.
    """

    now: Callable[[], datetime] = utc_now
