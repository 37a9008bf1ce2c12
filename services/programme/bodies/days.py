"""Days: working days as far as they are known, and periods of days."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from libs.bangladesh.calendar import Calendar

DAY = timedelta(days=1)


class Period(NamedTuple):
    """Days from the first one on; `end` is the first day after them."""

    start: date
    end: date


class Days(NamedTuple):
    """A day, and the published days off by which working days are counted."""

    today: date
    calendar: Calendar

    def working(self, after: date, last: date) -> int:
        """Count the working days after a day, as `known_working_days`."""
        return known_working_days(after, last, self.calendar)


def known_working_days(after: date, last: date, calendar: Calendar) -> int:
    """Count the working days after a day, up to the last one included.

    Of days in a year without a list of holidays none is counted, so there may be more.
    """
    return calendar.known_working_days(after, last)


def joined(periods: Iterable[Period]) -> list[Period]:
    """Return periods in order, without overlaps; empty ones are left out."""
    found: list[Period] = []
    for period in sorted(period for period in periods if period.start < period.end):
        if found and period.start <= found[-1].end:
            found[-1] = Period(found[-1].start, max(found[-1].end, period.end))
        else:
            found.append(period)
    return found


def common(first: Sequence[Period], second: Sequence[Period]) -> list[Period]:
    """Return the periods that lie in both."""
    return joined(
        Period(max(left.start, right.start), min(left.end, right.end))
        for left in first
        for right in second
    )
