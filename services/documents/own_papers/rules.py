"""A ministry's own paper as it is stored, and how many are taken."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from libs.contracts.documents import Damage
from libs.errors import Refused

COUNTED: Final = timedelta(days=1)
MOST_OF_MINISTRY: Final = 20_000
"""PDFs of a ministry in a day."""
MOST_OF_APPLICATION: Final = 20
"""PDFs of a ministry about one application in a day."""


@dataclass(frozen=True, slots=True)
class About:
    """What a PDF is the paper about.

    Args:
        citizen_id: whose application it is.
    """

    ministry: str
    application_id: UUID
    citizen_id: UUID


@dataclass(frozen=True, slots=True)
class OwnPaper:
    """A PDF that a ministry brings.

    Args:
        citizen_id: whose application it is about.
        object_id: names its objects in the store.
        content_key: encrypts its objects.
        sha256: of the file, as it came and is kept.
        kept_until: when it is deleted; None once a decision has issued it.
        damage: why its content cannot be read, as far as is known.
    """

    document_id: UUID
    ministry: str
    application_id: UUID
    citizen_id: UUID
    object_id: UUID
    content_key: bytes = field(repr=False)
    size_bytes: int
    pages: int
    sha256: str
    uploaded_at: datetime
    kept_until: datetime | None
    damage: Damage | None = None
    media_type: str = "application/pdf"

    @property
    def content_name(self) -> str:
        """The name of the object with its content."""
        return f"own_papers/{self.object_id}/content"

    @property
    def thumbnail_name(self) -> str:
        """The name of the object with its thumbnail."""
        return f"own_papers/{self.object_id}/thumbnail"

    @property
    def file_name(self) -> str:
        """The name under which it is saved."""
        return f"{self.document_id}.pdf"


def check_room(of_ministry: int, of_application: int) -> None:
    """Check that a ministry may bring one more about an application today.

    Raises:
        Refused: there are too many.
    """
    if of_ministry >= MOST_OF_MINISTRY or of_application >= MOST_OF_APPLICATION:
        raise Refused("case_papers_too_many", retry_after_s=COUNTED.total_seconds() / 24)
