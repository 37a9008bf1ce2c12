"""How a last day follows: from its beginning, and from when it stood still."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from libs.bangladesh.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline in working days, which stands still while somebody else is waited for.

    Args:
        begins_on: the day in Dhaka from which it runs.
        days: working days.
        pauses: the days on which pauses began and ended; of the last one the end may be None.
    """

    begins_on: date
    days: int
    pauses: Sequence[tuple[date, date | None]] = ()

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

    def due_on(self, calendar: Calendar) -> date:
        """Return its last day; while it stands still, the one that it would have without the pause.

        Raises:
            HolidaysUnknown: it ends in a year whose list of holidays is missing.
        """
        over = [(first, last) for first, last in self.pauses if last is not None]
        return calendar.add_working_days(self.begins_on, self.days, over)

    def text(self) -> str:
        """Return it as its column has it."""
        pauses = [[first.isoformat(), last and last.isoformat()] for first, last in self.pauses]
        return json.dumps([self.begins_on.isoformat(), self.days, pauses])


def read_deadline(text: str | None) -> Deadline | None:
    """Return the deadline of a column; None if there is none."""
    if text is None:
        return None
    begins_on, days, pauses = json.loads(text)
    return Deadline(
        date.fromisoformat(begins_on),
        days,
        tuple(
            (date.fromisoformat(first), date.fromisoformat(last) if last else None)
            for first, last in pauses
        ),
    )
