"""An officer, and what the officer may do where."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

_WARNED: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer at an office, with duties there; `area` is the office's, None for no area.

    Args:
        acts_until: the last day of the qualification that is needed; None while none is.
    """

    officer_id: UUID
    ministry: str
    office_id: str | None
    duties: Set[str]
    area: str | None = None
    acts_until: date | None = None

    def warned_on(self, today: date) -> date | None:
        """Return the last day of the qualification if it comes within 30 days; else None."""
        until = self.acts_until
        return until if until is not None and until - _WARNED <= today else None
