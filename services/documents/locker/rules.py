"""Papers in the locker, and how long they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias
from uuid import UUID

from libs.contracts.documents import (
    Damage,
    DocumentFetches,
    DocumentHelp,
    DocumentReceipt,
    DocumentReference,
    DocumentState,
    DocumentView,
)
from libs.contracts.papers import MediaType, PhotoConcern

Way: TypeAlias = Literal["link", "key"]
"""How a ministry fetched a paper."""


@dataclass(frozen=True, slots=True)
class Use:
    """An application needs a paper."""

    document_id: UUID
    application_id: UUID
    citizen_id: UUID
    tracking_number: str
    ministry: str


@dataclass(frozen=True, slots=True)
class Helper:
    """An uddokta who uploads for a citizen, at a centre, with a mandate.

    Args:
        public_service_id: for which the mandate is.
    """

    mandate_id: UUID
    uddokta_id: UUID
    service_centre_id: str
    public_service_id: str


@dataclass(frozen=True, slots=True)
class Document:
    """A paper as it is kept.

    Args:
        object_id: names its objects in the store.
        content_key: encrypts its objects.
        name: of the file as it was given, cleaned.
        source_sha256: of the files as they were given.
        valid_until: last day on which the paper itself is valid, as its citizen says.
        kept_until: when it is deleted, unless an application needs it then.
        deleted_at: when its citizen deleted it; it is kept for an application at most.
        needed_by: tracking numbers of open applications that need it.
        helper: who uploaded it for its citizen; None if the citizen did.
        issued_number: of a paper that was issued here, and given without a file.
        held_at: when issuance last said that it was valid.
        damage: why its content cannot be read, as far as is known.
        concerns: what a person should look at in the photos of which it was just made; not kept.
    """

    document_id: UUID
    citizen_id: UUID
    object_id: UUID
    content_key: bytes = field(repr=False)
    kind: str
    name: str | None = field(repr=False)
    media_type: MediaType
    size_bytes: int
    pages: int
    sha256: str
    source_sha256: str
    state: DocumentState
    uploaded_at: datetime
    valid_until: date | None
    kept_until: datetime
    deleted_at: datetime | None = None
    needed_by: Sequence[str] = ()
    helper: Helper | None = None
    damage: Damage | None = None
    issued_number: str | None = None
    held_at: datetime | None = None
    concerns: tuple[PhotoConcern, ...] = ()

    @property
    def mandate_id(self) -> UUID | None:
        """The mandate with which it was uploaded."""
        return self.helper.mandate_id if self.helper else None

    @property
    def content_name(self) -> str:
        """The name of the object with its content."""
        return f"documents/{self.object_id}/content"

    @property
    def thumbnail_name(self) -> str:
        """The name of the object with its thumbnail."""
        return f"documents/{self.object_id}/thumbnail"

    @property
    def file_name(self) -> str:
        """The name under which it is saved: its kind and its day, in plain letters."""
        ending = {"application/pdf": "pdf", "image/jpeg": "jpg"}[self.media_type]
        return f"{self.kind}-{self.uploaded_at:%Y-%m-%d}.{ending}"

    def reference(self) -> DocumentReference:
        """Return the paper as a receipt refers to it."""
        return DocumentReference(
            document_id=self.document_id,
            kind=self.kind,
            media_type=self.media_type,
            size_bytes=self.size_bytes,
            sha256=self.sha256,
            state=self.state,
            issued_number=self.issued_number,
            held_at=self.held_at,
        )

    def view(self, fetched_by: list[DocumentFetches]) -> DocumentView:
        """Return it as its citizen sees it, with who has looked at it."""
        return DocumentView(
            document_id=self.document_id,
            kind=self.kind,
            name=self.name,
            media_type=self.media_type,
            size_bytes=self.size_bytes,
            pages=self.pages,
            sha256=self.sha256,
            state=self.state,
            uploaded_at=self.uploaded_at,
            valid_until=self.valid_until,
            kept_until=None if self.needed_by else self.kept_until,
            needed_by=list(self.needed_by),
            damage=self.damage,
            issued_number=self.issued_number,
            fetched_by=fetched_by,
            uploaded_with=self.helper
            and DocumentHelp(
                mandate_id=self.helper.mandate_id, service_centre_id=self.helper.service_centre_id
            ),
        )

    def with_receipt(
        self, receipt: str, expires_at: datetime, fetched_by: list[DocumentFetches]
    ) -> DocumentReceipt:
        """Return it as its citizen sees it, with a receipt and who has looked at it."""
        return DocumentReceipt(
            **self.view(fetched_by).model_dump(),
            receipt=receipt,
            receipt_expires_at=expires_at,
            concerns=list(self.concerns),
        )
