"""Events that a ministry's adapter owns, and the body of a decision sent back to us."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.contracts.applications import DelayCause, Outcome
from libs.contracts.bounds import (
    LONGEST_CASE_FILE_NUMBER,
    CaseFileNumber,
    MinistryId,
    Note,
)
from libs.contracts.erasure import ErasureConfirmed
from libs.contracts.events import Event
from libs.contracts.language import Text


class _MinistryFact(Event):
    application_id: UUID
    ministry: MinistryId


class MinistryReceived(_MinistryFact):
    """The ministry's system accepted the application, and decides later."""

    case_file_number: CaseFileNumber | None = None


class MinistryUnreachable(_MinistryFact):
    """The submission is delayed: the ministry does not respond, or the platform failed."""

    cause: DelayCause = "ministry"


class CorrectionAsked(_MinistryFact):
    """The ministry requests a correction of the application."""

    note: Note


class MinistryDecided(_MinistryFact):
    """The ministry closed the application; this implies that it has received it."""

    outcome: Outcome
    note: Note | None = None
    case_file_number: CaseFileNumber | None = None


class DeliveriesErased(ErasureConfirmed):
    """A citizen's forms are deleted; what ministries were sent is theirs."""


class MinistryDecision(BaseModel):
    """A ministry's decision on an application, in its response or by signed callback."""

    model_config = ConfigDict(extra="ignore")

    application_id: UUID
    action: Literal["received", "correction_asked", "approved", "refused"]
    case_file_number: str | None = Field(default=None, max_length=LONGEST_CASE_FILE_NUMBER)
    note: Text | None = None

    @model_validator(mode="after")
    def _correction_says_what(self) -> "MinistryDecision":
        if self.action == "correction_asked" and self.note is None:
            raise ValueError("a request for correction needs a note that says what to correct")
        return self
