"""Rules for calls to a ministry's system: outages, hours of service, limits."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import DHAKA
from libs.contracts.language import Text
from libs.contracts.ministries import PlannedOutage, ServiceHours
from libs.errors import Refused

LONGEST_OUTAGE: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Outage:
    """A planned outage (সেবা বিঘ্ন) of one ministry's system."""

    outage_id: UUID
    ministry: str
    starts_at: datetime
    ends_at: datetime
    reason: Text | None = None

    def is_on(self, at: datetime) -> bool:
        """Whether it lasts at this moment."""
        return self.starts_at <= at < self.ends_at

    def announced(self) -> PlannedOutage:
        """Return it as others may read it."""
        return PlannedOutage(starts_at=self.starts_at, ends_at=self.ends_at, reason=self.reason)


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of service of one ministry's system, in Dhaka.

    Args:
        ministry: the ministry.
        days: days of the week after ISO 8601, Monday is 1.
        opens_at: the first minute; `closes_at` is the first one after the end, on the same day.
    """

    ministry: str
    days: frozenset[int]
    opens_at: time
    closes_at: time

    def are_on(self, at: datetime) -> bool:
        """Whether this moment is within the hours."""
        there = at.astimezone(DHAKA)
        return there.isoweekday() in self.days and self.opens_at <= there.time() < self.closes_at

    def announced(self) -> ServiceHours:
        """Return them as others may read them."""
        return ServiceHours(
            days=tuple(sorted(self.days)), opens_at=self.opens_at, closes_at=self.closes_at
        )


@dataclass(frozen=True, slots=True)
class CallingLimits:
    """The limits of calls to one ministry's system; None for no limit of its own.

    Args:
        ministry: the ministry.
        calls_at_once: most calls at the same time.
        calls_per_s: most calls a second, in the long run.
    """

    ministry: str
    calls_at_once: int | None
    calls_per_s: float | None


def check_ministry(ministry: str) -> None:
    """Check that there is such a ministry, division or office.

    Raises:
        Refused: there is none.
    """
    if ministry not in bodies_by_id():
        raise Refused("body_not_found")


def check_outage(outage: Outage, at: datetime) -> None:
    """Check a new outage.

    Raises:
        Refused: it has no length, is over, or is longer than a month.
    """
    check_ministry(outage.ministry)
    length = outage.ends_at - outage.starts_at
    if not timedelta(0) < length <= LONGEST_OUTAGE or outage.ends_at <= at:
        raise Refused("outage_times_wrong")


def check_hours(hours: Hours) -> None:
    """Check hours of service.

    Raises:
        Refused: they have no day, or end before they begin.
    """
    check_ministry(hours.ministry)
    if not hours.days or not hours.days <= {1, 2, 3, 4, 5, 6, 7}:
        raise Refused("service_hours_wrong")
    if hours.opens_at >= hours.closes_at:
        raise Refused("service_hours_wrong")


def closed_ministries(
    outages: Collection[Outage], hours: Collection[Hours], at: datetime
) -> frozenset[str]:
    """Return the ministries whose systems must not be called at this moment."""
    in_outage = {outage.ministry for outage in outages if outage.is_on(at)}
    return frozenset(in_outage | {hour.ministry for hour in hours if not hour.are_on(at)})
