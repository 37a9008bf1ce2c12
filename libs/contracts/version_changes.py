"""Bodies about changes of open cases to a later version of their workflow."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.contracts.language import Text

VersionChangeState = Literal["counting", "counted", "moving", "moved", "cancelled"]


class PlanVersionChange(BaseModel):
    """Count the open cases that a version would take over; move none."""

    model_config = ConfigDict(extra="forbid")

    workflow_version: str = Field(
        pattern=r"^[GS][0-9]{3}@[1-9][0-9]{0,4}$", description="Such as S020@2"
    )
    reason: str = Field(min_length=1, max_length=500)


class StartVersionChange(BaseModel):
    """Start a change that was counted."""

    model_config = ConfigDict(extra="forbid")

    expected: int = Field(ge=0, le=1_000_000_000, description="How many cases it counted")


class WayView(BaseModel):
    """How many cases go from one step to another one, or stay at theirs under the new version.

    Those without `to_step` stay in the version before: nobody can read them now, or a rule forbids
    it.
    """

    from_step: str | None
    from_name: Text | None = Field(description="Null for a step that cannot be read")
    to_step: str | None
    to_name: Text | None
    cases: int


class VersionChangeView(BaseModel):
    """A change of open cases from one version of a workflow to the next."""

    change_id: UUID
    workflow_version: str
    workflow_name: Text
    from_version: int
    state: VersionChangeState
    planned_at: AwareDatetime
    planned_by: str
    reason: str
    started_at: AwareDatetime | None
    started_by: str | None
    ended_at: AwareDatetime | None
    planned: list[WayView] = Field(description="What it would change, as counted")
    expected: int = Field(description="All of them: the number with which it is started")
    done: list[WayView] = Field(description="What it has changed")


class VersionChangeList(BaseModel):
    """Changes, the newest first."""

    items: list[VersionChangeView]
    next: str | None = Field(None, description="Continues the list (`?after=`)")
