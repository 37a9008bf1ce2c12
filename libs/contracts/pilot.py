"""The criteria of the pilot, which two people set before it ends: HTTP bodies."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.bounds import Day
from libs.contracts.contract import Contract
from libs.contracts.language import Text
from libs.contracts.programme import Evidence

PilotCriterion = Literal["in_time", "satisfaction", "lost", "overcharging", "open_days", "cost"]

CriterionState = Literal["passed", "failed", "not_known"]

_Percent = Annotated[int, Field(ge=1, le=100, strict=True)]


class PilotPlan(Contract):
    """The days of the pilot, both included, and how much of each criterion it needs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_day: Day
    last_day: Day = Field(description="Ahead; after it nothing is changed")
    in_time: _Percent = Field(description="Least percent of decisions by their last day")
    satisfaction: _Percent = Field(description="Least percent of ratings of 4 or 5")
    lost: Annotated[int, Field(ge=0, le=1_000, strict=True)] = Field(
        description="Most applications that were lost"
    )
    overcharging: Annotated[int, Field(ge=0, le=10_000, strict=True)] = Field(
        description="Most complaints of overcharging, of 10,000 assisted applications"
    )
    open_days: Annotated[int, Field(ge=1, le=730, strict=True)] = Field(
        description="Fewest days on which an area of the pilot was open and none was paused"
    )
    cost: Annotated[int, Field(ge=0, le=100_000, strict=True)] = Field(
        description="Most that an assisted application costs its citizen, in whole taka (median)"
    )


class ProposePilot(PilotPlan):
    """Propose criteria of the pilot; another person approves them."""

    reason: Evidence = Field(description="Why these, with the letter that says so")


class PilotProposal(Contract):
    """Criteria that somebody proposed."""

    act_id: UUID
    plan: PilotPlan
    reason: str
    proposed_by: UUID
    proposed_at: AwareDatetime
    state: Literal["waiting", "approved", "rejected"]
    rejected_because: str | None = None


class CriterionView(Contract):
    """A criterion of the pilot, and what is seen of it by now."""

    criterion: PilotCriterion
    threshold: int
    at_least: bool = Field(description="Whether the value has to be as large, or as small")
    value: int | None = Field(
        description="Rounded against passing; null while it is not known. In percent, "
        "applications, days, or taka, as the threshold"
    )
    denominator: int | None = Field(
        description="Decisions, ratings, days that were counted again, applications that uddoktas "
        "sent, days of the pilot so far"
    )
    state: CriterionState
    source: Text = Field(description="From where the value is")


class PilotPlanSet(Contract):
    """Criteria that two people have set."""

    plan: PilotPlan
    reason: str
    by: list[str] = Field(description="Names of accounts in journals")
    set_at: AwareDatetime


class PilotView(Contract):
    """The pilot: its criteria, and whether it passed."""

    has_ended: bool
    has_passed: bool = Field(description="It has ended, and each criterion is passed")
    criteria: list[CriterionView] = Field(description="Empty before two people have set them")
    plans: list[PilotPlanSet] = Field(description="The newest first, which is the one that counts")
    proposals: list[PilotProposal] = Field(description="The newest first; at most 20")
