"""How many files that cannot become papers are opened for one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from libs.errors import Refused

REMEMBERED: Final = timedelta(days=1)
"""Time for which a refused file is refused again without being opened."""

_DEMANDING: Final = "document_too_demanding"
_MOST_DEMANDING: Final = 5
_MOST_REFUSED: Final = 50


@dataclass(frozen=True, slots=True)
class Opening:
    """Files that are opened, or were opened and became no paper.

    Args:
        opened_for: the citizen, or the uddokta or officer who sent them; of an office's own PDF,
            its sender and the application together.
        citizen_id: whose files they are; the officer, of a file of a case.
        refused: why they became no paper; None while they are open, or if their process was killed.
    """

    opening_id: UUID
    opened_for: UUID
    citizen_id: UUID
    source_sha256: str
    opened_at: datetime
    refused: str | None = None


def check_may_open(wanted: Opening, openings: Sequence[Opening]) -> None:
    """Check that files may be opened for a person.

    Args:
        wanted: of these files.
        openings: of the last day, the oldest first.

    Raises:
        Refused: the same files were refused, or too many files were: 50, or 5 that took too much
            time or memory. What became of nothing counts as such.
    """
    for opening in openings:
        if opening.refused is not None and opening.source_sha256 == wanted.source_sha256:
            raise Refused(opening.refused)
    demanding = [opening for opening in openings if opening.refused in {None, _DEMANDING}]
    for counted, most in ((demanding, _MOST_DEMANDING), (openings, _MOST_REFUSED)):
        if len(counted) >= most:
            again_at = counted[-most].opened_at + REMEMBERED
            wait_s = (again_at - wanted.opened_at).total_seconds()
            raise Refused("files_refused_too_often", retry_after_s=wait_s)
