"""Events and HTTP bodies that issuance owns, and the fields of papers."""

from datetime import date
from typing import Annotated, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, Field

from libs.contracts.bounds import EventTime, MinistryId
from libs.contracts.contract import Contract
from libs.contracts.erasure import ErasureConfirmed
from libs.contracts.events import Event
from libs.contracts.language import Text

LONGEST_FIELD: Final = 2_000
"""Characters of a field of a paper: as many as the longest answer of a form."""

PAPER_NUMBER: Final = r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$"

PaperTemplate = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
"""The id of a template of decision papers."""

PaperField = Annotated[str, Field(max_length=LONGEST_FIELD)]
PaperFields: TypeAlias = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")], PaperField],
    Field(max_length=40),
]
"""What a paper says, by the names of its template's fields."""

PaperNumber = Annotated[
    str,
    Field(
        description="12 letters and digits; the last one is a check digit",
        examples=["7K4M-9PXR-T3H5"],
    ),
]
IssuedPaperNumber = Annotated[
    str,
    Field(
        pattern=PAPER_NUMBER,
        description="12 letters and digits; the last one is a check digit",
    ),
]
"""The number of a paper in an event, as issuance writes it."""

PaperState = Literal["valid", "replaced", "withdrawn", "expired"]
"""`expired`: its last day has passed; whoever withdrew or replaced it before counts first."""


class IssuanceErased(ErasureConfirmed):
    """The papers of a citizen are empty; their numbers can still be checked."""


class _PaperFact(Event):
    """A fact about a paper: its number and its application, and nobody's name."""

    application_id: UUID
    number: IssuedPaperNumber


class PaperIssued(_PaperFact):
    """A decision is to be had as a paper."""

    document_id: UUID | None = Field(
        default=None, description="Of the file, where the ministry brought one of its own"
    )


class PaperReplaced(_PaperFact):
    """A later paper about the same application holds in its place."""

    replaced_by: IssuedPaperNumber


class PaperWithdrawn(_PaperFact):
    """Two people of the body that had issued it withdrew it."""


class PaperPrinted(_PaperFact):
    """An uddokta printed it at a service centre, for the citizen who applied there."""


class PaperStatus(Contract):
    """What everybody may know of a paper: whether it still holds, and whose it is by initials."""

    number: PaperNumber
    state: PaperState
    holds: bool = Field(description="Whether it holds at `as_of`; true for `valid` only")
    title: Text = Field(description="What kind of paper it is")
    body: MinistryId
    body_name: Text
    year: int = Field(description="The year in which it was issued, in Dhaka")
    initials: str | None = Field(description="Of whom it names; null once that person is erased")
    is_illustrative: bool = Field(description="Whether no ministry has given its template")
    ended_on: date | None = Field(
        default=None,
        description="The day in Dhaka on which it was withdrawn or replaced; null for others",
    )
    last_day: date | None = Field(
        default=None, description="The last day on which it holds; null where it has none"
    )
    replaces: PaperNumber | None = Field(
        default=None, description="The paper in whose place it was issued"
    )
    replaced_by: PaperNumber | None = Field(
        default=None, description="The paper that holds in its place"
    )
    as_of: AwareDatetime
    sha256: str | None = Field(
        default=None,
        description="Of the file, in hex, where the ministry brought one of its own: a copy with "
        "another one was changed",
    )


class PaperPrint(Contract):
    """That a paper was printed at a service centre."""

    service_centre_name: Text
    printed_at: EventTime


class IssuedPaper(Contract):
    """A paper of mine."""

    number: PaperNumber
    title: Text
    state: PaperState
    issued_at: EventTime
    is_illustrative: bool
    tracking_number: str | None = Field(
        default=None, description="Of the application that it is about"
    )
    body_name: Text | None = Field(default=None, description="Whose paper it is")
    document_kind: str | None = Field(
        default=None,
        description="As what it can be given in a form; null for an order, which a field takes "
        "that asks for no certain kind",
    )
    ended_at: AwareDatetime | None = Field(
        default=None, description="When it was withdrawn or replaced"
    )
    last_day: date | None = Field(
        default=None, description="The last day on which it holds; null where it has none"
    )
    replaces: PaperNumber | None = None
    replaced_by: PaperNumber | None = None
    reason: Text | None = Field(
        default=None, description="Why it was withdrawn, in the words of the office"
    )
    prints: list[PaperPrint] = Field(
        default_factory=list, description="Where and when it was printed for me, the newest first"
    )


class IssuedPapers(Contract):
    """Papers about an application, the newest first."""

    items: list[IssuedPaper]


class EndedPapers(Contract):
    """The papers of a body that do not hold any more, though no last day has passed; signed."""

    body: MinistryId
    as_of: AwareDatetime = Field(
        description="Until when it has what was known: its last change, or the beginning of the day"
    )
    signed: str = Field(
        description="JWS (RFC 7515, ES256) by the body's key of this year. Claims: `b` the body, "
        "`t` `as_of`, `w` and `r` the withdrawn and the replaced papers, each as base64url of 12 "
        "bytes of PBKDF2 (HMAC-SHA-256, salt `ended papers`, 600 iterations) of its number with "
        "hyphens"
    )


class PaperKey(Contract):
    """A public key of a body and a year (RFC 7517)."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    alg: str
    use: str
    body: MinistryId
    year: int


class PaperKeys(Contract):
    """The public keys with which papers are checked, of all bodies and years."""

    keys: list[PaperKey]
