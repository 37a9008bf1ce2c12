"""Papers that officers hand in with their work: reports, marks, photos. They belong to the case."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.bounds import Duty
from libs.contracts.contract import Contract
from libs.contracts.language import Text
from libs.contracts.papers import MediaType, PhotoConcern
from libs.contracts.spellings import AS_WHOLE_NUMBER

PaperName = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9_]{0,59}$",
        description="Which paper it is, by its name in the workflow, such as `field_report`",
    ),
]
MOST_OF_CASE = 100
"""Papers of officers that one case has at most."""


class AskToHandIn(Contract):
    """Ask to hand in a paper with what can be done with a case now, as I saw it."""

    model_config = ConfigDict(extra="forbid")

    revision: Annotated[int, AS_WHOLE_NUMBER] = Field(
        ge=1, le=1_000_000_000, description="Of the case that I saw: another one is refused"
    )
    duty: Duty
    paper: PaperName


class HandInPermit(Contract):
    """Where I send the file of a paper; nobody else may."""

    token: str = Field(description="For `POST /v1/case-papers/{token}`")
    valid_until: AwareDatetime


class PaperTaken(Contract):
    """A file that was checked and stored; it is of no case before it is handed in."""

    receipt: str = Field(description="For `POST /v1/cases/{case_id}/handed-in`")
    receipt_expires_at: AwareDatetime
    media_type: MediaType
    size_bytes: int
    pages: int
    concerns: list[PhotoConcern] = Field(
        default=[],
        description="What a person should look at in the photos of which it was made: it was taken "
        "all the same",
    )


class HandIn(Contract):
    """Hand in a paper whose file was taken."""

    model_config = ConfigDict(extra="forbid")

    duty: Duty
    receipt: Annotated[str, Field(min_length=1, max_length=2_000)]


class HandedIn(Contract):
    """A paper of an officer in a case."""

    document_id: UUID
    paper: PaperName
    name: Text | None = Field(default=None, description="Its name, where it is known")
    step: Text | None = Field(default=None, description="The step at which it was handed in")
    media_type: MediaType
    size_bytes: int
    pages: int
    is_scanned: bool = Field(description="Whether a scanner has seen the file")
    at: AwareDatetime
    office_id: str
    by_me: bool
    goes_with_next: bool = Field(description="Whether it goes with what I do next with the case")
    can_be_taken_back: bool = Field(
        description="Whether I may take it back: I handed it in, and nothing was done with it yet"
    )
