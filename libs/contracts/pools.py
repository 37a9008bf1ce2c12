"""HTTP bodies about pools: cases of a group that are ranked against a quota."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.contracts.bounds import Duty
from libs.contracts.cases import WorkflowKey, WorkflowStep
from libs.contracts.language import Text

MOST_IN_POOL = 10_000
"""Cases of one step of an office that are ranked, at most."""
MOST_TIED = 1_000
"""Cases that one decision on a tie takes, at most: a request has 64 KB."""

PoolListState = Literal["drawn", "placing", "placed", "cancelled"]
PoolResult = Literal["selected", "waiting", "tied"]
PoolGroup = Annotated[str, Field(max_length=120)]
Words = Annotated[str, Field(min_length=3, max_length=500, pattern=r"\S")]


class PoolOfOffice(BaseModel):
    """The cases of a group that wait to be ranked for a duty of mine."""

    duty: Duty
    duty_name: Text | None
    workflow: str
    workflow_name: Text
    step: str
    step_name: Text
    group: str = Field(description="Such as the code of a union; empty where the form has none")
    waiting: int


class PoolListLine(BaseModel):
    """A list of my office."""

    list_id: UUID
    workflow_name: Text
    group: str
    quota: int
    state: PoolListState
    drawn_at: AwareDatetime


class Pools(BaseModel):
    """What waits to be ranked, and the last lists."""

    items: list[PoolOfOffice]
    unreadable: list[str] = Field(
        description="Tracking numbers of cases that cannot be read, and are on no list"
    )
    lists: list[PoolListLine] = Field(description="The newest first, 50 at most")


class DrawPoolList(BaseModel):
    """Rank the cases of a group against a quota; none is moved."""

    model_config = ConfigDict(extra="forbid")

    duty: Duty
    workflow: WorkflowKey
    step: WorkflowStep
    group: PoolGroup
    quota: int = Field(ge=0, le=1_000_000, description="Places for this list")
    order: Words = Field(description="Which order sets the quota: its number and day")


class PoolFact(BaseModel):
    """A fact by which a case was ranked."""

    fact: str
    name: Text | None
    value: bool | int | float | str | None = Field(description="Null if it is not known")
    moment: AwareDatetime | None = None


class PoolCase(BaseModel):
    """A case on a list."""

    case_id: UUID
    tracking_number: str
    place: int = Field(description="Cases between which no fact decides have the same one")
    result: PoolResult
    by_choice: bool = Field(description="Whether a person decided a tie about it")
    tie_reason: str | None
    facts: list[PoolFact] | None = Field(description="Null if they cannot be read")
    left: bool = Field(description="Whether it had moved on before, and was left as it is")


class RankedPool(BaseModel):
    """A list: what it would do with each case, or has done."""

    list_id: UUID
    state: PoolListState
    duty_name: Text | None
    workflow_name: Text
    step_name: Text
    group: str
    quota: int
    order: str
    drawn_at: AwareDatetime
    drawn_by_me: bool
    confirmed_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    expected: int = Field(description="How many cases it has: the number that confirms it")
    selected: int
    waiting: int
    places: int = Field(description="How many of the tied are still to be chosen")
    done: int
    left: int
    tied: list[PoolCase] = Field(description="Between which a person decides; all of them")
    cases: list[PoolCase]
    next: int | None = Field(None, description="Continues the list (`?after=`)")


class ChooseTied(BaseModel):
    """Decide a tie at the edge of the quota."""

    model_config = ConfigDict(extra="forbid")

    case_ids: Annotated[list[UUID], Field(max_length=MOST_TIED)] = Field(
        description="Those that are within the quota"
    )
    reason: Words


class ConfirmPoolList(BaseModel):
    """Confirm a list that a colleague drew."""

    model_config = ConfigDict(extra="forbid")

    expected: int = Field(ge=0, le=MOST_IN_POOL, description="How many cases it has")


class CancelPoolList(BaseModel):
    """Cancel a list; a colleague's with a reason."""

    model_config = ConfigDict(extra="forbid")

    reason: Words | None = None
