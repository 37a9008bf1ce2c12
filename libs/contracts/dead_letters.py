"""HTTP bodies of the operators' routes: dead letters, and the journal of operators' actions."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from libs.contracts.bounds import Moment
from libs.contracts.contract import Contract
from libs.contracts.spellings import AS_WHOLE_NUMBER

_MOST_ID = 2**63 - 1

JournalAction = Literal["look", "replay", "settle"]
DeadLetterId = Annotated[int, Field(ge=1, le=_MOST_ID), AS_WHOLE_NUMBER]
Why = Annotated[str, Field(min_length=3, max_length=500, description="For the journal")]
ReasonCode = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="This reason, or every one that begins with it and a point: `defect`",
    ),
]
Destination = Annotated[
    str, Field(min_length=1, max_length=100, description="Jobs for this ministry or provider")
]


class DeadLettersQuery(Contract):
    """A selection of open dead letters, and a page of it."""

    model_config = ConfigDict(extra="ignore")

    reason: ReasonCode | None = None
    destination: Destination | None = None
    since: Annotated[Moment | None, Field(description="Failed last then or later")] = None
    until: Annotated[Moment | None, Field(description="Failed last before")] = None
    after: Annotated[int, Field(ge=0, le=_MOST_ID, description="`next` of the page before")] = 0
    limit: Annotated[int, Field(ge=1, le=500, description="Most rows in one answer")] = 100


class JournalQuery(Contract):
    """A page of the journal."""

    model_config = ConfigDict(extra="ignore")

    after: Annotated[
        DeadLetterId | None, Field(description="`next` of the page before; older ones follow")
    ] = None
    limit: Annotated[int, Field(ge=1, le=500, description="Most rows in one answer")] = 100


class DeadLetterView(Contract):
    """A record that could not be processed, or a job that failed for good; without its content."""

    dead_letter_id: int
    service: str = Field(description="Whose dead letter it is")
    topic: str | None = Field(default=None, description="Of a record")
    partition: int | None = None
    offset: int | None = None
    job_type: str | None = Field(default=None, description="Of a job")
    destination: str | None = Field(default=None, description="The ministry or provider called")
    job_key: str | None = None
    reason: str = Field(description="`refused.…`, `unavailable.…`, `unreadable.…`, `defect.…`, …")
    detail: str
    attempts: int
    first_seen_at: AwareDatetime
    last_seen_at: AwareDatetime
    age_s: float = Field(description="Seconds since it failed first")
    owner: str = Field(description="Who must act: this service's operators, or the destination")
    trace_id: str | None = None
    blocks: bool = Field(description="Whether later ones of the same application wait for it")
    blocked_count: int = Field(description="Number of records that wait for it")
    settled_how: str | None = None


class DeadLetterList(Contract):
    """Open dead letters, the oldest first; `next` continues the list (`?after=`)."""

    items: list[DeadLetterView]
    next: int | None = None


class LookAtDeadLetter(Contract):
    """View one dead letter in full; the view is written into the journal first."""

    model_config = ConfigDict(extra="forbid")

    dead_letter_id: DeadLetterId
    why: Why


class Header(Contract):
    """One header of a record; bytes that are no UTF-8 are written in hexadecimal."""

    name: str
    value: str | None


class DeadLetterContent(Contract):
    """One dead letter in full, personal data included."""

    dead_letter: DeadLetterView
    key: str | None = Field(default=None, description="Of a record")
    headers: list[Header] = Field(default_factory=list)
    value: str | None = None
    job: dict[str, Any] | None = Field(default=None, description="The whole job")


class ReplayDeadLetters(Contract):
    """Replay open dead letters, selected by id, reason, destination or time."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[DeadLetterId], Field(min_length=1, max_length=100)] | None = None
    reason: ReasonCode | None = None
    destination: Destination | None = None
    since: Moment | None = None
    until: Moment | None = None
    dry_run: Annotated[bool, Field(description="Only count what would be replayed")] = False
    why: Why

    @model_validator(mode="after")
    def _says_which(self) -> "ReplayDeadLetters":
        if all(
            v is None for v in (self.ids, self.reason, self.destination, self.since, self.until)
        ):
            raise ValueError("say which: ids, reason, destination, since or until")
        return self


class SettleDeadLetters(Contract):
    """Settle dead letters without their effect; the records that they block are replayed."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[DeadLetterId], Field(min_length=1, max_length=100)]
    why: Why


class Failure(Contract):
    """A dead letter that failed again, with the reason."""

    dead_letter_id: int
    reason: str


class SelectedDeadLetters(Contract):
    """How many open dead letters of one kind a replay selects."""

    source: str = Field(description="The topic or the job type")
    destination: str | None = Field(default=None, description="Of a job")
    reason: str
    number: int
    first_failed_at: AwareDatetime = Field(description="The earliest last failure among them")
    last_failed_at: AwareDatetime


class ReplayReport(Contract):
    """The result of a replay of at most a hundred, or of five thousand jobs of one destination.

    Repeat it until nothing is settled.
    """

    selected: list[SelectedDeadLetters] = Field(
        default_factory=list, description="What the selection had before"
    )

    settled: list[int] = Field(description="Had their effect, or are due again")
    failed: list[Failure]
    blocked: list[int] = Field(description="Must not overtake an earlier one of their key")


class JournalEntry(Contract):
    """An operator's action on a dead letter."""

    entry_no: int
    at: AwareDatetime
    actor: str
    action: JournalAction
    dead_letter_id: int
    why: str


class Journal(Contract):
    """Operators' actions on dead letters, the newest first; `next` continues (`?after=`)."""

    items: list[JournalEntry]
    next: int | None = None
