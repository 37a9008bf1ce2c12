"""HTTP bodies of the operators' routes to ministries' systems: what waits, and who must know."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.contract import Contract
from libs.contracts.ministries import Trouble

Level = Literal[1, 2]
"""Whom an escalation reaches: the focal point of a ministry, then the next in line."""

Why = Annotated[str, Field(min_length=1, max_length=500)]
Reason = Annotated[str, Field(min_length=1, max_length=500, description="Why, for the history")]
KnownVersion = Annotated[
    int,
    Field(ge=0, description="The version as it was read, 0 without one; a later one is kept"),
]


class EscalationView(Contract):
    """Submissions to one ministry that have waited so long that a person has to know."""

    ministry: str
    level: Level = Field(description="1: the focal point; 2: the next in line")
    waiting_since: AwareDatetime
    opened_at: AwareDatetime
    trouble: Trouble | None = Field(
        default=None, description="What keeps everything from its system, where that is known"
    )
    post: str | None = Field(description="Null while nobody is named: ask the ministry")
    name: str | None
    email: str | None


class EscalationList(Contract):
    """The open escalations, the oldest first."""

    items: list[EscalationView]


class WaitingDeliveryView(Contract):
    """A delivery that waits, without its form."""

    delivery_id: UUID
    tracking_number: str
    public_service_id: str
    kind: str
    planned_at: AwareDatetime
    attempts: int
    last_failure: str | None
    next_attempt_at: AwareDatetime | None = Field(
        description="Null while an earlier delivery of the application waits"
    )
    unconfirmed_at: AwareDatetime | None = Field(
        description="When an answer of the ministry was lost: it may have the submission"
    )


class WorkList(Contract):
    """Deliveries that wait for one ministry, the oldest first; `next` continues (`?after=`)."""

    items: list[WaitingDeliveryView]
    next: UUID | None


class TryNow(Contract):
    """Try all that waits for a ministry now."""

    model_config = ConfigDict(extra="forbid")

    ministry: str
    why: Why


class SettleDeliveries(Contract):
    """Close deliveries that the ministry has in another way, or does not need."""

    model_config = ConfigDict(extra="forbid")

    delivery_ids: list[UUID] = Field(min_length=1, max_length=100)
    why: Why


class StopOrResume(Contract):
    """Stop calls to a ministry's system, or begin them again."""

    model_config = ConfigDict(extra="forbid")

    version: KnownVersion
    is_stopped: bool
    reason: Reason


class ConnectionState(Contract):
    """Whether a ministry's system is called, by one version of its connection.

    Version 0 if none was set.
    """

    ministry: str
    version: int
    is_default: bool = Field(description="It is the platform's connection for all without another")
    is_stopped: bool = Field(description="Nothing is called; deliveries wait")
    reason: str
    set_by: str
    set_at: AwareDatetime | None


class ConnectionStates(Contract):
    """The versions of a ministry's connection, the newest first, as far as they say this."""

    items: list[ConnectionState]
