"""Bodies about what two people publish: workflows, tariffs, years, connections, offices."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.contracts.bounds import FormAnswers
from libs.contracts.language import Text

PublicationKind = Literal["workflow", "tariff", "year"]
PublishedKind = Literal["workflow", "tariff", "year", "connection", "offices"]
"""`connection`: what hands over the submissions of a public service, from a day on. `offices`: a
rule that says at which office it, or one of its duties, is worked on."""


class PublicationSummary(BaseModel):
    """The newest version of a workflow, a tariff or a year."""

    kind: PublicationKind
    series: str
    version: int
    valid_from: date = Field(description="The first day in Dhaka on which it holds")


class PublicationList(BaseModel):
    """All workflows, tariffs and years that were published, by kind and series."""

    items: list[PublicationSummary]


class PublishedVersion(BaseModel):
    """A version, and who proposed and published it, when and why."""

    version: int
    valid_from: date = Field(description="The first day in Dhaka on which it holds")
    published_at: AwareDatetime
    proposed_by: str
    published_by: str
    reason: str
    content: dict[str, Any]


class DraftProblem(BaseModel):
    """Something that is wrong in a draft."""

    place: str = Field(description="JSON pointer into the content; empty for the whole")
    reason: str


class PublicationDraft(BaseModel):
    """The draft of a series with its errors; without errors it can be published."""

    content: dict[str, Any]
    saved_at: AwareDatetime
    saved_by: str
    problems: list[DraftProblem]


class PublicationProposal(BaseModel):
    """A proposal that a draft is published; it holds for the content of then."""

    proposal_id: UUID
    act: str
    reason: str
    proposed_by: UUID
    proposed_at: AwareDatetime
    state: Literal["waiting", "published", "rejected"]
    rejected_because: str | None = None


class PublicationSeries(BaseModel):
    """A workflow, a tariff or a year: versions, the draft of the next one, proposals."""

    versions: list[PublishedVersion]
    draft: PublicationDraft | None
    proposals: list[PublicationProposal] = Field(description="The newest first; at most 20")


class WriteDraft(BaseModel):
    """Write the draft of the next version; it replaces the one before."""

    model_config = ConfigDict(extra="forbid")

    content: FormAnswers


class DraftProblems(BaseModel):
    """The errors of a draft; without errors it can be published."""

    problems: list[DraftProblem]


class ProposePublication(BaseModel):
    """Propose that the draft is published."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=3, max_length=500, description="Why, for the history")


class TryDraft(BaseModel):
    """Lead a sample case through the draft of a workflow."""

    model_config = ConfigDict(extra="forbid")

    form: FormAnswers = Field(default_factory=dict, description="Answers of the sample")
    register_match: Literal["full", "partial", "none", "unreachable"] = "full"
    attempt: int = Field(default=1, ge=1, le=100)
    open_cases: int = Field(default=0, ge=0, le=100)
    choices: list[Annotated[str, Field(max_length=80)]] = Field(
        default_factory=list, max_length=100, description="What happens, one after the other"
    )


class StationView(BaseModel):
    """Where a sample case came to."""

    choice: str
    step: str
    name: Text
    status: str
    waits_for: str | None
    roles: list[str]
    days: dict[str, int] = Field(description="Days of the clocks that run, by kind")
    choices: list[str] = Field(description="What can happen next")


class Tried(BaseModel):
    """The way of a sample case, from its beginning."""

    stations: list[StationView]
