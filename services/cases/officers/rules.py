"""An officer, and what the officer may do where."""

from collections.abc import Set
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer at an office, with duties there; `area` is the office's, None for no area."""

    officer_id: UUID
    ministry: str
    office_id: str | None
    duties: Set[str]
    area: str | None = None
