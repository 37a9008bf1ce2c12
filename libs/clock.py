"""The time of day as an object that can be handed in, so that tests choose it."""

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
        now: gives the time now, with its zone.
    """

    now: Callable[[], datetime] = utc_now
