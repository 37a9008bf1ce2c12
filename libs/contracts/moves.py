"""HTTP bodies of moves of open applications to other offices."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.contracts.bounds import Day

MoveState = Literal["counting", "counted", "moving", "moved", "cancelled"]


class PlanMove(BaseModel):
    """Count the open applications for which another office is responsible; move none."""

    model_config = ConfigDict(extra="forbid")

    public_service_id: str = Field(min_length=1, max_length=20)
    on_day: Day | None = Field(
        default=None, description="The day in Dhaka whose rules count; null for today"
    )
    reason: str = Field(min_length=1, max_length=500)


class StartMove(BaseModel):
    """Start a move that was counted."""

    model_config = ConfigDict(extra="forbid")

    expected: int = Field(ge=0, description="How many applications it counted")


class ChangeView(BaseModel):
    """How many applications go from one office to another; null: the ministry itself."""

    from_ministry: str
    from_office: str | None
    to_ministry: str
    to_office: str | None
    applications: int


class MoveView(BaseModel):
    """A move of the open applications of one public service."""

    move_id: UUID
    public_service_id: str
    on_day: date
    state: MoveState
    planned_at: AwareDatetime
    planned_by: str
    reason: str
    started_at: AwareDatetime | None
    started_by: str | None
    ended_at: AwareDatetime | None
    planned: list[ChangeView] = Field(description="What it would change, as counted")
    done: list[ChangeView] = Field(description="What it has changed")


class MoveList(BaseModel):
    """Moves, the newest first."""

    items: list[MoveView]
    next: str | None = Field(None, description="Continues the list (`?after=`)")
