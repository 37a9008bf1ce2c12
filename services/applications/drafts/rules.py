"""The limits of drafts: their age and their number."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

KEPT: Final = timedelta(days=30)
"""Counted from the last change."""

MOST_DRAFTS: Final = 50
"""Open drafts of one citizen."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it is stored.

    Args:
        revision: counts the changes, from 1.
        answers: in the form that the front end chose; empty once it has become an application.
        tracking_number: of the application that it has become.
    """

    draft_id: UUID
    citizen_id: UUID
    public_service_id: str
    form_version: int
    revision: int
    answers: dict[str, Any]
    tracking_number: str | None
    saved_at: datetime

    @property
    def kept_until(self) -> datetime:
        """The time of its deletion, unless it changes before."""
        return self.saved_at + KEPT
