"""Events and HTTP bodies of documents, and the references to papers in those of others."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, Base64Bytes, ConfigDict, Field

from libs.contracts.bounds import Day
from libs.contracts.contract import Contract
from libs.contracts.erasure import ErasureConfirmed
from libs.contracts.issuance import PAPER_NUMBER, PaperNumber
from libs.contracts.papers import LARGEST_BYTES, MOST_FILES, MediaType, PhotoConcern

DocumentKind = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,39}$", examples=["epi_card"])]
"""The kind of a paper, from `ui.document_kind` of the field that asked for it.

A field that takes any paper has no kind; then it is the field's name, as it once was for all.
"""

DocumentState = Literal["clean", "not_scanned", "infected"]
"""Whether a scanner found something; `not_scanned` says that none has looked yet."""

Damage = Literal["unreadable", "missing"]
"""Why the content of a paper cannot be read: it was changed or cut off, or it is not there."""

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="Of the content, in hex")]


APPEAL_PAPER: Final = "appeal_paper"
"""The kind of a paper that is given with an objection to a refusal."""


class DocumentReference(Contract):
    """A paper of a submission, as its receipt has it; the content is fetched apart."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issued_number: Annotated[str, Field(pattern=PAPER_NUMBER)] | None = Field(
        default=None,
        description="Of a paper that was issued here: `GET /v1/papers/{number}` has its state now",
        exclude_if=lambda value: value is None,
    )
    held_at: AwareDatetime | None = Field(
        default=None,
        description="When issuance said that the issued paper was valid",
        exclude_if=lambda value: value is None,
    )

    document_id: UUID
    kind: DocumentKind
    media_type: MediaType
    size_bytes: int = Field(ge=1, le=2 * LARGEST_BYTES)
    sha256: Sha256
    state: DocumentState


@dataclass(frozen=True, slots=True)
class Receipt:
    """A paper that its owner uploaded.

    Args:
        owner_id: the citizen.
        reference: the paper.
        expires_at_s: until when the receipt is valid, in seconds since 1970.
        mandate_id: with which an uddokta uploaded it; it goes with no other application.
    """

    owner_id: UUID
    reference: DocumentReference
    expires_at_s: float
    mandate_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OwnPaperReceipt:
    """A PDF that was checked and is stored.

    Args:
        document_id: under which it is stored.
        ministry: which sent it.
        application_id: about which it is.
        citizen_id: whose application that is.
        sha256: of the file, as it came.
    """

    document_id: UUID
    ministry: str
    application_id: UUID
    citizen_id: UUID
    sha256: str


class MakeDocument(Contract):
    """Make one paper of complete uploads; several become one PDF, in this order."""

    model_config = ConfigDict(extra="forbid")

    kind: DocumentKind
    upload_ids: list[UUID] = Field(min_length=1, max_length=MOST_FILES)
    valid_until: Day | None = Field(
        default=None, description="Last day on which the paper itself is valid, where it has one"
    )


class GiveIssuedPaper(Contract):
    """Give a paper that was issued to me, without a file."""

    model_config = ConfigDict(extra="forbid")

    number: PaperNumber


class DocumentHelp(Contract):
    """Where a paper was uploaded for its citizen, and with which mandate."""

    mandate_id: UUID
    service_centre_id: str


class DocumentFetches(Contract):
    """How often a ministry fetched a paper."""

    ministry: str
    times: int
    first_at: AwareDatetime
    last_at: AwareDatetime


class DocumentView(Contract):
    """A paper in the locker."""

    document_id: UUID
    kind: DocumentKind
    name: str | None = Field(default=None, description="Name of the file as it was given")
    media_type: MediaType
    size_bytes: int
    pages: int
    sha256: Sha256
    state: DocumentState
    uploaded_at: AwareDatetime
    valid_until: Day | None = Field(
        default=None, description="Last day on which the paper itself is valid, where it has one"
    )
    kept_until: AwareDatetime | None = Field(
        description="When it is deleted; null while an application needs it"
    )
    needed_by: list[str] = Field(description="Tracking numbers of open applications with it")
    damage: Damage | None = Field(
        default=None, description="Why its content cannot be read; give the paper again then"
    )
    uploaded_with: DocumentHelp | None = Field(
        default=None, description="If an uddokta uploaded it; null if I did"
    )
    issued_number: str | None = Field(
        default=None, description="If it was issued here, and no file was uploaded"
    )
    fetched_by: list[DocumentFetches] | None = Field(
        default=None, description="Who has looked at it, beside you; null where nobody said so"
    )


class DocumentReceipt(DocumentView):
    """A paper with the receipt that is sent with an application."""

    receipt: str = Field(
        description="Signed (JWS): put it into `documents` of an application that names the paper"
    )
    receipt_expires_at: AwareDatetime = Field(
        description="Until then the application must be sent; reading the paper gives a new one"
    )
    fetched_by: list[DocumentFetches] = Field(description="Who has looked at it, beside you")
    concerns: list[PhotoConcern] = Field(
        default=[],
        description="What a person should look at in the photos of which it was just made: it was "
        "taken all the same. Empty for a paper from before",
    )


class AssistedDocument(Contract):
    """A paper that an uddokta uploaded with a mandate; nothing else in the locker is shown."""

    document_id: UUID
    kind: DocumentKind
    name: str | None = Field(default=None, description="Name of the file as it was given")
    media_type: MediaType
    size_bytes: int
    pages: int
    state: DocumentState
    receipt: str = Field(
        description="Signed (JWS): put it into `documents` of the application of the same mandate"
    )
    receipt_expires_at: AwareDatetime
    concerns: list[PhotoConcern] = Field(
        default=[],
        description="What a person should look at in the photos of which it was just made: it was "
        "taken all the same. Empty for a paper from before",
    )


class DocumentList(Contract):
    """My papers, the newest first."""

    items: list[DocumentView]


class DocumentDeletion(Contract):
    """The state of a deleted paper: it has left the locker."""

    document_id: UUID
    deleted_at: AwareDatetime = Field(description="When the content is gone, at the latest")
    needed_by: list[str] = Field(
        description="Tracking numbers of open applications that keep the content until they end"
    )


class DocumentsErased(ErasureConfirmed):
    """A citizen's papers and uploads are deleted."""


LARGEST_OWN_BYTES: Final = 5_000_000
"""Bytes of a PDF that a ministry brings as the paper about its decision."""


class SendOwnPaper(Contract):
    """Send a PDF of the ministry's own about an application that it has."""

    model_config = ConfigDict(extra="forbid")

    application_id: UUID
    applicant_id: UUID = Field(description="As in the hand-over")
    content: Base64Bytes = Field(description="The PDF in base64; 5 MB at most, without it")


class OwnPaperTaken(Contract):
    """A PDF that was checked and is stored as it came."""

    receipt: str = Field(description="For `paper.receipt` of the decision")
    document_id: UUID = Field(description="For `own_paper_id` of the decision of your own adapter")
    receipt_expires_at: AwareDatetime
    sha256: Sha256
    size_bytes: int
    pages: int


class FetchDocument(Contract):
    """Fetch a paper of a submission, as the ministry that received it."""

    model_config = ConfigDict(extra="forbid")

    application_id: UUID
    document_id: UUID
