"""How a last day follows: from its beginning, and from when it stood still."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from libs.bangladesh.calendar import Calendar, Pause

STANDS_STILL: Final = frozenset({"citizen", "payment", "time"})
"""Whom the work waits for while a deadline stands still: it is not the office's time."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline in days, which stands still while somebody else is waited for.

    Args:
        begins_on: the day in Dhaka from which it runs.
        days: how many; with 0 it ends on the day itself.
        pauses: the days on which pauses began and ended; of the last one the end may be None.
        unit: `calendar` counts all days, also those off.
    """

    begins_on: date
    days: int
    pauses: Sequence[tuple[date, date | None]] = ()
    unit: Literal["working", "calendar"] = "working"

    @property
    def is_paused(self) -> bool:
        """Whether it stands still."""
        return bool(self.pauses) and self.pauses[-1][1] is None

    def paused(self, on: date) -> "Deadline":
        """Return it standing still from a day on; a repeat changes nothing."""
        return self if self.is_paused else replace(self, pauses=(*self.pauses, (on, None)))

    def resumed(self, on: date) -> "Deadline":
        """Return it running again since a day, which does not count any more than those before."""
        if not self.is_paused:
            return self
        first, _ = self.pauses[-1]
        return replace(self, pauses=(*self.pauses[:-1], (first, max(first, on))))

    def since(self, waits_for: str | None, on: date) -> "Deadline":
        """Return it as it goes on since a day on which the work began to wait for somebody."""
        return self.paused(on) if waits_for in STANDS_STILL else self.resumed(on)

    @property
    def over(self) -> tuple[Pause, ...]:
        """The pauses that have ended."""
        return tuple((first, last) for first, last in self.pauses if last is not None)

    def due_on(self, calendar: Calendar) -> date:
        """Return its last day; while it stands still, the one that it would have without the pause.

        Raises:
            HolidaysUnknown: it ends in a year whose list of holidays is missing.
        """
        if self.unit == "calendar":
            return self._last_of_all_days()
        return calendar.add_working_days(self.begins_on, self.days, self.over)

    def estimated(self, calendar: Calendar) -> date:
        """Return its last day, also where lists of holidays are missing; a promise to nobody."""
        if self.unit == "calendar":
            return self._last_of_all_days()
        return calendar.estimated(self.begins_on, self.days, self.over)

    def _last_of_all_days(self) -> date:
        day, left = self.begins_on, self.days
        while left > 0:
            day += timedelta(days=1)
            left -= not any(first < day <= last for first, last in self.over)
        return day

    def text(self) -> str:
        """Return it as its column has it."""
        pauses = [[first.isoformat(), last and last.isoformat()] for first, last in self.pauses]
        unit = [] if self.unit == "working" else [self.unit]
        return json.dumps([self.begins_on.isoformat(), self.days, pauses, *unit])


def read_deadline(text: str | None) -> Deadline | None:
    """Return the deadline of a column; None if there is none."""
    if text is None:
        return None
    begins_on, days, pauses, *unit = json.loads(text)
    return Deadline(
        date.fromisoformat(begins_on),
        days,
        tuple(
            (date.fromisoformat(first), date.fromisoformat(last) if last else None)
            for first, last in pauses
        ),
        *unit,
    )
