"""Weeks, and which of them are over and counted."""

from datetime import date, timedelta
from typing import Final

from services.programme.figures.sums import Recount

DAYS_OF_WEEK: Final = timedelta(days=7)
_SATURDAY: Final = 5
_LATEST: Final = timedelta(days=3)
_LATEST_OF_MISSING: Final = timedelta(days=14)
_DAY: Final = timedelta(days=1)


def first_day(week_ends: date) -> date:
    """Return the Sunday on which a week begins, by its Saturday."""
    return week_ends - DAYS_OF_WEEK + _DAY


def weeks_over(newest: date | None, counted_since: date | None, today: date) -> list[date]:
    """Return the Saturdays of the weeks that are over and have no snapshot, the oldest first.

    Args:
        newest: the Saturday of the last snapshot; None before the first.
        counted_since: the first day of which something is counted. Of that week some may be
            missing, so the first snapshot is of the week after it.
        today: the day in Dhaka.
    """
    if newest is None and counted_since is None:
        return []
    week = (newest or _saturday(counted_since or today)) + DAYS_OF_WEEK
    found = []
    while week < today:
        found.append(week)
        week += DAYS_OF_WEEK
    return found


def agrees(recount: Recount | None) -> bool:
    """Whether a day was counted again from rows, and events gave the same number."""
    return recount is not None and recount.missing == recount.too_many == 0


def is_counted(week_ends: date, newest_counted: date | None, recount: Recount | None) -> bool:
    """Whether the events of a week have arrived.

    The recount of its last day agrees with them; or, where that does not come, events of later days
    are counted by now. Where it has more than was counted, events are lost, or not read yet by a
    reader that catches up: those of later days count longer after the week.
    """
    if agrees(recount):
        return True
    until = _LATEST_OF_MISSING if recount is not None and recount.missing else _LATEST
    return newest_counted is not None and newest_counted > week_ends + until


def _saturday(day: date) -> date:
    """Return the Saturday on which the week of a day ends."""
    return day + timedelta(days=(_SATURDAY - day.weekday()) % 7)
