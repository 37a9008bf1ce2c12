"""HTTP bodies that the gateway composes itself."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from libs.contracts.applications import Outcome
from libs.contracts.contract import Contract
from libs.contracts.language import Text


class LiveEvent(Contract):
    """One event of the application whose live view is open."""

    event_id: UUID
    type: str = Field(description="As in the timeline: `application_decided`, ...")
    at: AwareDatetime
    application_id: UUID
    title: Text | None = None
    note: Text | None = None
    outcome: Outcome | None = None
    trace_id: str | None = None


Ticket = Annotated[
    str,
    Field(
        min_length=1,
        max_length=8_000,
        pattern="^[A-Za-z0-9_.-]+$",
        description="As in the address of the live view",
    ),
]
"""The last part of the address of a live view."""


class LiveView(Contract):
    """Where a browser's EventSource opens a live view, once."""

    url: str = Field(description="Path at the gateway; it has all that the view needs")
    expires_in_s: int = Field(description="Seconds within which it must be opened")


class LiveViewQuery(Contract):
    """The version of an earlier view that a page shows."""

    last_event_id: str | None = Field(
        None,
        max_length=100,
        description="`id` of the last event seen, where `Last-Event-ID` cannot be sent",
    )
