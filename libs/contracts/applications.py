"""Events and HTTP bodies that applications owns."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.contracts.events import Event
from libs.contracts.language import Text

Status = Literal[
    "submitted", "with_ministry", "correction_requested", "approved", "refused", "withdrawn"
]
Outcome = Literal["approved", "refused"]
DelayCause = Literal["ministry", "platform"]


class _Submission(Event):
    """What a ministry is sent; restricted to that ministry, since some carry the form."""

    application_id: UUID
    tracking_number: str
    public_service_id: str
    ministry: str


class SubmissionLodged(_Submission):
    """A citizen applied; the form is the snapshot that nobody changes afterwards."""

    form: dict[str, Any]
    form_version: int
    service_centre_id: str | None = None


class SubmissionCorrected(_Submission):
    """A citizen answered the ministry's request for correction with a new form."""

    form: dict[str, Any]
    form_version: int


class SubmissionWithdrawn(_Submission):
    """A citizen no longer wants the decision."""


class _ApplicationFact(Event):
    """A fact about an application, without its content."""

    application_id: UUID
    tracking_number: str
    citizen_id: UUID
    public_service_id: str
    ministry: str


class ApplicationSubmitted(_ApplicationFact):
    """The citizen has a tracking number."""

    due_on: date | None = None


class ApplicationReceived(_ApplicationFact):
    """The ministry has the application."""

    case_file_number: str | None = None


class ApplicationDelayed(_ApplicationFact):
    """The application is safe and goes on later: the ministry cannot be reached, or we failed."""

    cause: DelayCause = "ministry"


class CorrectionRequested(_ApplicationFact):
    """The ministry sent the application back for correction."""

    note: Text


class ApplicationCorrected(_ApplicationFact):
    """The citizen answered the request for correction."""


class ApplicationDecided(_ApplicationFact):
    """The ministry decided."""

    outcome: Outcome
    note: Text | None = None


class ApplicationOverdue(_ApplicationFact):
    """The ministry's time for a decision is over."""

    due_on: date


class ApplicationWithdrawn(_ApplicationFact):
    """The citizen withdrew the application."""


class FeedbackGiven(_ApplicationFact):
    """The citizen said how it went, from 1 (bad) to 5 (very good)."""

    rating: int = Field(ge=1, le=5)


class SubmitApplication(BaseModel):
    """Apply for a public service."""

    model_config = ConfigDict(extra="forbid")

    public_service_id: str = Field(min_length=1, max_length=20)
    form: dict[str, Any] = Field(description="Answers to the service's form schema")
    service_centre_id: str | None = Field(default=None, min_length=1, max_length=40)


class CorrectApplication(BaseModel):
    """Answer a request for correction with the whole corrected form."""

    model_config = ConfigDict(extra="forbid")

    form: dict[str, Any]


class ApplicationSummary(BaseModel):
    """One application in a list, and the answer to applying."""

    application_id: UUID
    tracking_number: str
    public_service_id: str
    public_service_name: Text
    ministry: str
    status: Status
    submitted_at: AwareDatetime
    due_on: date | None = None


class TimelineEntry(BaseModel):
    """One thing that happened to the application, oldest first in the list."""

    event_id: UUID
    type: str
    at: AwareDatetime
    title: Text
    note: Text | None = None
    trace_id: str | None = None


class ApplicationView(ApplicationSummary):
    """One application with its timeline."""

    overdue: bool = False
    case_file_number: str | None = None
    correction_note: Text | None = None
    decision_note: Text | None = None
    timeline: list[TimelineEntry]


class ApplicationList(BaseModel):
    """My applications, newest first; `next` continues the list (`?after=`)."""

    items: list[ApplicationSummary]
    next: str | None = None
