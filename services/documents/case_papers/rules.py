"""A paper of an officer as it is stored, and how many are taken."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from libs.contracts.documents import Damage
from libs.contracts.papers import MediaType
from libs.errors import Refused

COUNTED: Final = timedelta(days=1)
MOST_OF_OFFICER: Final = 200
MOST_OF_OFFICE: Final = 2_000


@dataclass(frozen=True, slots=True)
class CasePaper:
    """A paper that an officer sent for a case.

    Args:
        citizen_id: whose case it is; None once the case is sealed.
        object_id: names its objects in the store.
        content_key: encrypts its objects.
        kind: its name in the workflow of the case.
        source_sha256: of the files as they were given.
        kept_until: when it is deleted; None while the case has it.
        damage: why its content cannot be read, as far as is known.
    """

    document_id: UUID
    case_id: UUID
    citizen_id: UUID | None
    officer_id: UUID
    office_id: str
    object_id: UUID
    content_key: bytes = field(repr=False)
    kind: str
    media_type: MediaType
    size_bytes: int
    pages: int
    sha256: str
    source_sha256: str
    state: Literal["clean", "not_scanned"]
    uploaded_at: datetime
    kept_until: datetime | None
    damage: Damage | None = None

    @property
    def content_name(self) -> str:
        """The name of the object with its content."""
        return f"case_papers/{self.object_id}/content"

    @property
    def thumbnail_name(self) -> str:
        """The name of the object with its thumbnail."""
        return f"case_papers/{self.object_id}/thumbnail"

    @property
    def file_name(self) -> str:
        """The name under which it is saved: its kind and its day, in plain letters."""
        ending = {"application/pdf": "pdf", "image/jpeg": "jpg"}[self.media_type]
        return f"{self.kind}-{self.uploaded_at:%Y-%m-%d}.{ending}"


def check_room(of_officer: int, of_office: int) -> None:
    """Check that one more paper may be taken today.

    Args:
        of_officer: papers of this officer in the last 24 hours.
        of_office: those of the office.

    Raises:
        Refused: there are too many.
    """
    if of_officer >= MOST_OF_OFFICER or of_office >= MOST_OF_OFFICE:
        raise Refused("case_papers_too_many", retry_after_s=COUNTED.total_seconds() / 24)
