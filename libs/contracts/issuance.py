"""Events and HTTP bodies that issuance owns, and the fields of papers."""

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AwareDatetime, Field

from libs.contracts.bounds import EventTime, MinistryId
from libs.contracts.contract import Contract
from libs.contracts.erasure import ErasureConfirmed
from libs.contracts.language import Text

LONGEST_FIELD: Final = 2_000
"""Characters of a field of a paper: as many as the longest answer of a form."""

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
PaperState = Literal["valid", "replaced", "withdrawn"]


class IssuanceErased(ErasureConfirmed):
    """The papers of a citizen are empty; their numbers can still be checked."""


class PaperStatus(Contract):
    """What everybody may know of a paper: whether it still holds, and whose it is by initials."""

    number: PaperNumber
    state: PaperState
    title: Text = Field(description="What kind of paper it is")
    body: MinistryId
    body_name: Text
    year: int = Field(description="The year in which it was issued, in Dhaka")
    initials: str | None = Field(description="Of whom it names; null once that person is erased")
    is_illustrative: bool = Field(description="Whether no ministry has given its template")
    as_of: AwareDatetime


class IssuedPaper(Contract):
    """A paper of mine."""

    number: PaperNumber
    title: Text
    state: PaperState
    issued_at: EventTime
    is_illustrative: bool


class IssuedPapers(Contract):
    """My papers, the newest first."""

    items: list[IssuedPaper]


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
