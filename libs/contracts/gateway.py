"""HTTP bodies that the gateway composes itself."""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from libs.contracts.applications import Outcome
from libs.contracts.language import Text


class LiveEvent(BaseModel):
    """One event of the application whose live view is open."""

    event_id: UUID
    type: str = Field(description="As in the timeline: `application_decided`, ...")
    at: AwareDatetime
    application_id: UUID
    title: Text | None = None
    note: Text | None = None
    outcome: Outcome | None = None
    trace_id: str | None = None
