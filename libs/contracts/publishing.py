"""What public services are, as two people publish it: HTTP bodies that the catalogue owns."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.bounds import Day, FormAnswers, TextWithin
from libs.contracts.contract import Contract
from libs.contracts.language import Text

_LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
Words = Annotated[Text, TextWithin(2_000)]
"""Some sentences about a public service, in both languages."""

Reason = Annotated[str, Field(min_length=3, max_length=500, pattern=_LINE)]
StopKind = Literal["closed", "ask_office"]
"""What one person may do alone: `closed`, it takes no applications; `ask_office`, no amount of the
fee is said, and whoever asks is sent to the office."""

ContentField = Literal[
    "name", "description", "who_may_apply", "papers", "days", "result", "legal_basis"
]
"""The values of which a version of a public service is made."""

Wrong = Literal["missing", "too_long", "no_day", "day_ahead", "no_number", "other"]
"""An error in a value of a draft."""


class _Sourced(Contract):
    """A value, where it was published, and who checked that when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Annotated[str, Field(min_length=3, max_length=500, pattern=_LINE)] = Field(
        description="The law, order or page that says so"
    )
    checked_on: Day
    checked_by: Annotated[str, Field(min_length=3, max_length=120, pattern=_LINE)] = Field(
        description="The post of whoever compared the value with its source"
    )


class SourcedName(_Sourced):
    """The name of a public service."""

    text: Annotated[Text, TextWithin(300)]


class SourcedWords(_Sourced):
    """Some sentences about a public service."""

    text: Words


class SourcedPapers(_Sourced):
    """The papers to bring; empty if none is needed."""

    papers: Annotated[tuple[Annotated[Text, TextWithin(300)], ...], Field(max_length=50)]


class SourcedDays(_Sourced):
    """The working days within which the service is given."""

    days: int = Field(ge=1, le=1_000, strict=True)


class ServiceContent(Contract):
    """The description of a public service, each value with its source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: SourcedName
    description: SourcedWords
    who_may_apply: SourcedWords
    papers: SourcedPapers
    days: SourcedDays | None = Field(default=None, description="Null if no time was published")
    result: SourcedWords = Field(description="What the applicant gets")
    legal_basis: SourcedWords


class PublishedDescription(Contract):
    """The published description of a public service, and since when it holds."""

    version: int = Field(description="From 2: the first version is the reference of the platform")
    valid_from: Day
    content: ServiceContent


class DescriptionChange(Contract):
    """A value before and after, in words."""

    field: ContentField
    before: Text | None = Field(description="Null if nothing was known")
    after: Text | None
    source: str | None = Field(description="Where it was published; null where nobody said so")


class HistoryEntry(Contract):
    """Something that changed about a public service."""

    kind: Literal["reference", "version", "closed", "ask_office"] = Field(
        description="`version` was published by two people, `reference` is the first version"
    )
    version: int | None
    valid_from: Day | None = Field(description="The first day in Dhaka on which it holds")
    published_at: AwareDatetime | None
    reason: str
    changes: list[DescriptionChange] = Field(default=[])


class ServiceHistory(Contract):
    """How what is said about a public service has changed, the newest first."""

    public_service_id: str
    name: Text
    items: list[HistoryEntry]


class WriteServiceDraft(Contract):
    """Write the draft of the next version; it replaces the one before."""

    model_config = ConfigDict(extra="forbid")

    content: FormAnswers = Field(description="As `ServiceContent`; it may be incomplete")


class ServiceDraftProblem(Contract):
    """Something that is wrong in a draft."""

    place: str = Field(description="JSON pointer into the content", examples=["/name/source"])
    wrong: Wrong


class ServiceDraft(Contract):
    """A draft with its errors; without errors it can be proposed."""

    content: FormAnswers
    saved_at: AwareDatetime
    saved_by: str
    problems: list[ServiceDraftProblem]


class ProposeService(Contract):
    """Propose that the draft is published."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = Field(description="Why, for the public history")


class PublishService(Contract):
    """Publish what another person has proposed, from a day on."""

    model_config = ConfigDict(extra="forbid")

    valid_from: Day | None = Field(default=None, description="Null: from today on")


class StopService(Contract):
    """Close a public service, or send people to its office for the fee."""

    model_config = ConfigDict(extra="forbid")

    kind: StopKind
    reason: Reason = Field(description="Why, for the public history")


class ServiceProposal(Contract):
    """A proposal that a draft is published; it holds for the content of then."""

    proposal_id: UUID
    reason: str
    proposed_by: str = Field(description="Name of an account in journals")
    proposed_at: AwareDatetime
    state: Literal["waiting", "outdated", "published", "rejected"] = Field(
        description="`outdated`: the draft was written again since"
    )
    is_mine: bool
    rejected_because: str | None = None


class PublishedService(Contract):
    """A public service in the list of those who publish."""

    public_service_id: str
    name: Text
    ministry: str
    open: bool
    version: int = Field(description="That holds today; 1 for the reference")
    has_draft: bool
    waits: bool = Field(description="Whether a proposal waits for a publisher")


class PublishedServiceList(Contract):
    """Public services, those that wait for a publisher first."""

    items: list[PublishedService]


class ServiceVersionView(Contract):
    """A version, and who proposed and published it."""

    version: int
    valid_from: Day
    published_at: AwareDatetime
    proposed_by: str
    published_by: str
    reason: str
    content: ServiceContent


class ServicePublishing(Contract):
    """A public service for those who publish it."""

    service: PublishedService
    may_write: bool = Field(description="Whether I write and propose for its ministry")
    may_publish: bool = Field(description="Whether I am a publisher of the platform")
    fee_is_said: bool = Field(description="Whether an amount, or what it depends on, is shown")
    beginning: FormAnswers = Field(description="The content to begin a draft with")
    versions: list[ServiceVersionView] = Field(description="The newest first")
    draft: ServiceDraft | None
    proposals: list[ServiceProposal] = Field(description="The newest first; at most 20")
