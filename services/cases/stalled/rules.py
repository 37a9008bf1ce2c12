"""When a case is stalled, and a search through all open ones in parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

GRACE: Final = timedelta(hours=1)
"""For which a clock that has run out still counts: its loop may be a moment late."""

START: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Open:
    """An open case.

    Args:
        case_id: its id.
        application_id: of its application.
        has_clock: whether a clock ends its wait.
        has_officer: whether somebody at its office has the duty of one of its tasks.
    """

    case_id: UUID
    application_id: UUID
    has_clock: bool
    has_officer: bool

    @property
    def is_stalled(self) -> bool:
        """Whether nothing moves it on."""
        return not (self.has_clock or self.has_officer)


@dataclass(frozen=True, slots=True)
class Search:
    """A search, as far as it has come.

    Args:
        after: the application that was looked at last.
        found: stalled cases so far.
        is_over: whether all cases were looked at.
    """

    after: UUID = START
    found: tuple[UUID, ...] = ()
    is_over: bool = False

    def with_part(self, part: Sequence[Open], limit: int) -> "Search":
        """Return the search after a part; a part with less than `limit` cases is the last one."""
        stalled = tuple(case.case_id for case in part if case.is_stalled)
        after = part[-1].application_id if part else self.after
        return Search(after, (*self.found, *stalled), is_over=len(part) < limit)
