"""Where an application is, as each service knows it: ids, codes and times, and no content.

The times of one step may be of different clocks: of the process that made an event, of the one that
wrote its record, of a database, of a ministry or a provider.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.applications import Status
from libs.contracts.contract import Contract

StepKind = Literal["change", "delivery", "message"]
"""A change of the application or, of the service `cases`, of its case; a submission on its way to a
ministry; or a message."""


class JourneyQuery(Contract):
    """Other facts of the application."""

    model_config = ConfigDict(extra="ignore")

    application_id: Annotated[
        UUID | None,
        Field(description="Finds dead letters of what the service could not store"),
    ] = None


class JourneyStep(Contract):
    """One step of an application in one service, with all the times that are known of it."""

    step_id: UUID = Field(description="Of the event, the delivery, the message or the entry")
    kind: StepKind
    what: str = Field(description="Type of the change, kind of the delivery, or template")
    party: str | None = Field(
        default=None, description="The ministry, the channel, or the step of its workflow"
    )
    state: str | None = Field(default=None, description="Of a delivery, a message or a case")
    reason: str | None = Field(
        default=None, description="Why it failed or waits, or what was chosen; a code"
    )
    waits_for: str | None = Field(
        default=None,
        description="Whose turn it is from then on: `office`, `others`, `focal_point`, `citizen`, "
        "`payment` or `time`; of a case",
    )
    happened_at: AwareDatetime | None = Field(
        default=None, description="When it happened, by the clock of whoever says so"
    )
    published_at: AwareDatetime | None = Field(
        default=None, description="When its record was written, by the clock of the writer"
    )
    stored_at: AwareDatetime | None = Field(
        default=None, description="When the service stored it, by its database's clock"
    )
    open_since: AwareDatetime | None = Field(
        default=None, description="Since when it is tried; later than stored if it was begun again"
    )
    next_attempt_at: AwareDatetime | None = None
    first_tried_at: AwareDatetime | None = None
    last_tried_at: AwareDatetime | None = None
    attempts: int = Field(default=0, description="That failed, also before it was begun again")
    delay_announced_at: AwareDatetime | None = Field(
        default=None, description="When the citizen was told that the ministry is not reached"
    )
    sent_in_file_at: AwareDatetime | None = Field(
        default=None, description="When the file was sent that it is in"
    )
    earlier_handed_over_at: AwareDatetime | None = Field(
        default=None, description="When it was handed over first, if it was sent again"
    )
    handed_over_at: AwareDatetime | None = Field(
        default=None, description="When the ministry or the provider had it"
    )
    reported_at: AwareDatetime | None = Field(
        default=None, description="When the network said what became of it, by its own clock"
    )
    changed_at: AwareDatetime | None = Field(
        default=None, description="Since when a message is in its state"
    )
    trace_id: str | None = None


class JourneyApplication(Contract):
    """The application as it stands, without its form and without its person."""

    public_service_id: str
    ministry: str
    former_ministries: list[str] = Field(description="That it was with before it was moved")
    adapter: str = Field(description="Who hands it over: `hosted`, `own`, `desk` or `none_yet`")
    status: Status
    submitted_at: AwareDatetime
    waits_for: str | None = Field(description="What must come before it is handed over")
    waited_until: AwareDatetime | None = Field(description="When that had come")
    overdue: bool
    erased: bool = Field(description="Its citizen was erased; traces and messages are deleted")
    service_centre_id: str | None = Field(description="Where an uddokta sent it")


class JourneyDeadLetter(Contract):
    """A record or a job of the application that failed for good."""

    dead_letter_id: int
    step_id: UUID | None = Field(default=None, description="Of a job: the delivery or message")
    source: str = Field(description="The topic, or the type of the job")
    destination: str | None = None
    reason: str
    attempts: int
    first_seen_at: AwareDatetime
    last_seen_at: AwareDatetime
    settled_at: AwareDatetime | None = None
    settled_how: str | None = None
    trace_id: str | None = None


class JourneyPart(Contract):
    """One service's part of a journey."""

    service: str
    tracking_number: str
    application_id: UUID | None = Field(
        description="Null where the service has nothing of it: it does not exist, or did not arrive"
    )
    application: JourneyApplication | None = Field(
        default=None, description="Of the service that owns applications"
    )
    steps: list[JourneyStep]
    dead_letters: list[JourneyDeadLetter]
    unpublished_since: AwareDatetime | None = Field(
        description="Since when the oldest event of the service waits to be published"
    )
    is_set_aside: bool = Field(
        description="Whether events of the service wait for a topic that cannot be written"
    )
    kept_days: int | None = Field(
        description="Days after which steps are deleted here; null if they stay"
    )
    settled_kept_days: int = Field(description="Days after which settled dead letters are deleted")
    read_at: AwareDatetime = Field(description="By the clock of the service's database")
