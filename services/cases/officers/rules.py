"""An officer, and what the officer may do where."""

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from libs.errors import Refused

_WARNED: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class StoodIn:
    """A duty that an officer has for a colleague who is away, from the first to the last day."""

    duty: str
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer at an office, with duties there; `area` is the office's, None for no area.

    Args:
        duties: those of today, with those of colleagues who are away.
        acts_until: the last day of the qualification that is needed; None while none is.
        stands_in: the duties that are colleagues', also those whose days are to come or over.
    """

    officer_id: UUID
    ministry: str
    office_id: str | None
    duties: Set[str]
    area: str | None = None
    acts_until: date | None = None
    stands_in: tuple[StoodIn, ...] = ()

    def on(self, today: date) -> "Officer":
        """Return the officer with the duties of a day: the own ones, and those of colleagues."""
        return replace(self, duties=self.duties | {held.duty for held in self.standing_in(today)})

    def standing_in(self, today: date) -> list[StoodIn]:
        """Return the duties of colleagues that the officer has on a day."""
        return [held for held in self.stands_in if held.since <= today <= held.until]

    def check_not_over(self, duty: str | None, today: date) -> None:
        """Check that the time for which the officer had a colleague's duty is not over.

        Args:
            duty: which one; None for any.
            today: the day in Dhaka.

        Raises:
            Refused: it is; the officer has the duty no more.
        """
        over = {held.duty for held in self.stands_in if held.until < today} - self.duties
        if over if duty is None else duty in over:
            raise Refused("deputy_ended")

    def warned_on(self, today: date) -> date | None:
        """Return the last day of the qualification if it comes within 30 days; else None."""
        until = self.acts_until
        return until if until is not None and until - _WARNED <= today else None
