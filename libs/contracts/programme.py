"""The programme: what bodies were asked for, and what they have done. Events and HTTP bodies."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.bounds import Day, EventDay, MinistryId, PublicServiceId
from libs.contracts.catalogue import Adapter
from libs.contracts.contract import Contract
from libs.contracts.events import Event
from libs.contracts.language import Text

Step = Literal["list", "focal_point", "instructions", "vendor", "two_services"]
"""What a body is asked for: its list of services, a focal point, to acknowledge the instructions,
a vendor, two services that are live."""

Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Evidence = Annotated[str, Field(min_length=3, max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]


FactKind = Literal[
    "letter_sent", "list_received", "instructions_sent", "instructions_acknowledged",
    "vendor_named", "body_replaced", "not_so",
]  # fmt: skip
"""What a person records. `body_replaced`: another body has taken over, from that day on. `not_so`:
what the corrected fact says was not so."""


Duty = Literal["focal_point", "deputy"]
"""The part that somebody has for a body in the programme."""


MailAddress = Annotated[str, Field(max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]


class _SaidByFact(Contract):
    """The fields of a fact; each kind has its own, and the others are null."""

    asks: Annotated[tuple[Step, ...], Field(min_length=1, max_length=5)] | None = Field(
        default=None, description="`letter_sent`: what it asked for"
    )
    due_on: Day | None = Field(
        default=None, description="`letter_sent`, `instructions_sent`: the last day"
    )
    public_service_ids: Annotated[tuple[PublicServiceId, ...], Field(max_length=200)] | None = (
        Field(default=None, description="`list_received`: those of the catalogue")
    )
    others: Annotated[tuple[Line, ...], Field(max_length=200)] | None = Field(
        default=None, description="`list_received`: services that the catalogue does not have"
    )
    vendor: Line | None = Field(
        default=None, description="`vendor_named`: who connects the body's system"
    )
    replaced_by: MinistryId | None = Field(
        default=None, description="`body_replaced`: who has taken over"
    )


class RecordFact(_SaidByFact):
    """Record a fact about a body; the same fact again adds nothing."""

    model_config = ConfigDict(extra="forbid")

    kind: FactKind
    day: Day = Field(description="On which it happened, in Dhaka")
    evidence: Evidence = Field(description="Number and day of a letter, or where it can be seen")
    corrects: UUID | None = Field(default=None, description="The fact that this one corrects")


class FactView(_SaidByFact):
    """A fact about a body; a later one may have corrected it."""

    fact_id: UUID
    kind: str = Field(
        description="As in `RecordFact`, or what another service announced: `service_changed`, "
        "`connection_changed`, `focal_point_named`, `focal_point_ended`; more may come"
    )
    day: Day
    evidence: str
    recorded_by: str = Field(description="Name of an account in journals, or of a service")
    recorded_at: AwareDatetime
    corrects: UUID | None
    corrected_by: UUID | None
    public_service_id: str | None = Field(default=None, description="`service_changed`: which one")
    open: bool | None = None
    published: bool | None = Field(default=None, description="By two people")
    passed: bool | None = Field(default=None, description="`connection_changed`: its check")
    stopped: bool | None = None
    duty: Duty | None = Field(default=None, description="`focal_point_named`: which duty")
    post: str | None = None
    until: Day | None = None


class StepView(Contract):
    """Something that a body was asked for, by when, and since when it is done."""

    step: Step
    asked_on: Day | None = Field(description="Null if no letter has asked for it")
    due_on: Day | None
    done_on: Day | None
    is_overdue: bool
    late_working_days: int = Field(
        description="Since the due day; of days in a year without a list of holidays none is "
        "counted, so it may be more"
    )
    extensions: int = Field(default=0, description="How often two people gave longer; 2 at most")


TargetState = Literal["never", "reached", "below", "lapsed"]
"""Whether a body has two live services. `below`: it had, and has fewer for less than ten working
days. `lapsed`: for longer."""


class ServiceOfBody(Contract):
    """A public service of a body."""

    public_service_id: str
    name: Text
    adapter: Adapter = Field(description="Hands over its submissions today")
    is_online: bool = Field(description="Published by two people, and open")
    is_connected: bool = Field(
        description="What hands over its submissions has passed its check, at its address"
    )
    is_live: bool = Field(
        description="Online, connected, and an application was decided in the last 30 days"
    )


class ConnectionView(Contract):
    """The adapter that we host for a body's system, and what its check found."""

    adapter: str | None = Field(description="Null for the platform's default, which is none")
    checked_at: AwareDatetime | None
    is_connected: bool = Field(description="It passed its check at its address, and is called")
    despite: bool = Field(description="It went live without a passed check")
    stopped: bool


class BodySummary(Contract):
    """Where a body is in the programme."""

    body: str
    name: Text
    owes_list: bool
    answered_by: list[str] = Field(
        description="Ids of the bodies that answer for one which owes no list; empty where nobody "
        "was asked"
    )
    replaced_by: str | None
    rank: int | None = Field(
        description="By share of the target, live services, lateness; equal ones share a rank"
    )
    listed: int | None = Field(description="Services on its last list; null without one")
    services: int = Field(description="Of the catalogue")
    online: int
    connected: int
    live: int
    target: TargetState
    overdue: StepView | None = Field(description="The step that is overdue for longest")
    next: StepView | None = Field(description="The next step that is due")


class BodyPage(Contract):
    """Bodies, the latest first."""

    items: list[BodySummary]
    owing: int = Field(default=0, description="Bodies of all that owe a list themselves today")
    bodies: int = Field(default=0, description="Bodies of all that are there today")
    next: str | None = Field(None, description="Continues the list (`?after=`)")


class BodyDetails(Contract):
    """All that is known of a body in the programme."""

    summary: BodySummary
    steps: list[StepView]
    public_services: list[ServiceOfBody]
    connection: ConnectionView | None = Field(description="Null if it was never connected")
    reached_on: Day | None = Field(description="Since when the target is reached")
    below_since: Day | None
    facts: list[FactView] = Field(description="The newest first")


class PeriodFigures(Contract):
    """Numbers of applications in the last days, counted from events.

    A decision of which the day of the submission is not known has no days and is not in time or
    late.
    """

    days: int = Field(description="How many, with today; in Dhaka")
    submitted: int
    assisted: int = Field(description="Of the submitted ones, sent by an uddokta")
    approved: int
    refused: int
    withdrawn: int
    corrections: int = Field(description="Requests for a correction")
    overdue: int = Field(description="Whose last day passed without a decision")
    in_time: int = Field(description="Of the decided ones, by their last day")
    late: int = Field(description="Of the decided ones, after their last day")
    median_days: int | None = Field(
        description="Half of the decided ones took at most so many days; exact up to 60. Null if "
        "none was decided"
    )
    rated: int = Field(description="Ratings that citizens gave")
    rated_well: int = Field(description="With 4 or 5 of 5")


class AssistanceFigures(Contract):
    """What help at service centres cost in some days, and the complaints about it.

    An application is counted on the day on which an uddokta sent it, a complaint on its own day.
    """

    days: int = Field(description="How many, with today; in Dhaka")
    sent: int = Field(description="Applications that uddoktas sent")
    not_sent: int = Field(description="Consents that were asked for and ended without one")
    median_cost_bdt: int | None = Field(
        description="Fee and charge of the one in the middle, in whole taka. An unknown cost is "
        "the dearest. Null if nothing was sent, or the cost in the middle is not known"
    )
    cost_unknown: int = Field(
        description="Of the sent ones; their fee was not published and is paid at the office"
    )
    median_charge_bdt: int | None = Field(description="Of the centres; null if nothing was sent")
    complaints: int = Field(description="Of all kinds; each kind once of an application")
    overcharged: int = Field(
        description="Complaints that more than the price was asked, with those of no known kind"
    )
    overcharged_per_10000: int | None = Field(
        description="Of 10,000 that were sent, rounded up; null if nothing was sent"
    )


Rung = Literal["before", "due", "late", "joint_secretary", "secretary", "chief_adviser"]
"""How far a step has come without being done. `before`: due within 3 working days. `due`: the day
has come. `late`: for 2 working days. Then for 5, 10, 20, and who is told."""


class Recount(Contract):
    """How applications that were counted again from their rows compare with events.

    Counted are yesterday and the days 7, 30 and 90 days before, each night.
    """

    lost: int = Field(description="Applications that are there, and whose event was not counted")
    counted_twice: int = Field(description="Events that were counted without an application")
    days: int = Field(description="How many days were compared")
    counted_at: AwareDatetime


class LastTold(Contract):
    """Who was told last of the step of a body that is overdue for longest."""

    body: str
    rung: Rung
    told: str | None = Field(description="The post")
    mailed_at: AwareDatetime


class ReminderView(Contract):
    """That a step is due or late, and who was told of it."""

    step: Step
    due_on: Day
    rung: Rung
    planned_at: AwareDatetime
    mailed_at: AwareDatetime | None = Field(description="Null while it was not sent")
    told: str | None = Field(description="The post; null if no address is known")
    ended: bool = Field(description="It was not sent any more: the step was done, or later is due")


class LateStep(Contract):
    """A step of a body that is late, and who was told of it."""

    body: str
    step: StepView
    reminders: list[ReminderView] = Field(description="Sent or still to send, the newest first")


class BodyFigures(Contract):
    """Where the bodies are that owe a list."""

    owing: int
    listed: int = Field(description="Have sent their list")
    overdue: int = Field(description="Have a step whose day has passed")
    not_asked: int = Field(description="Were asked for nothing yet")
    target_reached: int = Field(description="Have two live services, or had ten working days ago")
    services: int = Field(description="Of the catalogue, of all bodies")
    online: int
    connected: int
    live: int


class ProgrammeFigures(Contract):
    """The programme on one page, as events tell it."""

    at: AwareDatetime = Field(description="When it was counted; at most 30 seconds ago")
    counted_since: Day | None = Field(description="The first day counted; null before any event")
    bodies: BodyFigures
    periods: list[PeriodFigures] = Field(description="Today, 7 days, 30 days")
    recount: Recount | None = Field(default=None, description="Null before the first comparison")
    most_overdue: list[BodySummary] = Field(description="At most ten, the longest overdue first")
    told: list[LastTold] = Field(
        default=[], description="Of the most overdue; without a body nobody was told"
    )
    late: list[LateStep] = Field(
        default=[], description="Of the most overdue; empty in weeks before it was kept"
    )
    assistance: list[AssistanceFigures] = Field(
        default=[], description="Today, 7 days, 30 days; empty in weeks before it was counted"
    )
    assistance_since: Day | None = Field(
        default=None, description="The first day on which help at a centre was counted"
    )


class BodyProgress(Contract):
    """Where a body is, for everybody."""

    body: str
    name: Text
    services: int
    online: int
    connected: int
    live: int
    target: TargetState


class ServiceProgress(Contract):
    """Where a public service is, for everybody."""

    public_service_id: str
    name: Text
    is_online: bool
    is_connected: bool
    is_live: bool
    decided: int | None = Field(
        description="Applications decided in the week that was published last; null for 1 to 4, "
        "and where such a number would follow from it"
    )
    median_days: int | None = Field(
        description="Half of them took at most so many days; null where fewer than 5 are known"
    )


class Progress(Contract):
    """How far the programme is, for everybody."""

    at: AwareDatetime
    bodies: BodyFigures
    recount: Recount | None = Field(default=None, description="Null before the first comparison")
    items: list[BodyProgress] = Field(
        description="Those that owe a list: the most live services first, then by name"
    )


class ProgressOfBody(Contract):
    """How far a body is, with its services, for everybody."""

    at: AwareDatetime
    week_ends: Day | None = Field(
        default=None, description="Last day of the week of the numbers; null before the first"
    )
    summary: BodyProgress
    connection: ConnectionView | None = Field(description="Null if it was never connected")
    public_services: list[ServiceProgress]


class NamedPerson(Contract):
    """Somebody who answers for a body, and how to reach the post."""

    model_config = ConfigDict(frozen=True)

    name: Line
    mail: MailAddress
    phone: Annotated[str, Field(min_length=3, max_length=20, pattern=r"^[+0-9 -]+$")]


class NameFocalPoint(NamedPerson):
    """Record who answers for a body from a day on; the same again adds nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    duty: Duty
    post: Line = Field(description="It stays when the person changes")
    day: Day = Field(description="From which day on, in Dhaka")
    until: Day | None = Field(default=None, description="The last day; null if nobody said so")
    evidence: Evidence = Field(description="Number and day of the letter")


class EndFocalPoint(Contract):
    """Record that nobody has a duty of a body any more."""

    model_config = ConfigDict(extra="forbid")

    duty: Duty
    day: Day = Field(description="From which day on, in Dhaka")
    evidence: Evidence


class FocalPointView(Contract):
    """Who has a duty of a body today, and since when."""

    duty: Duty
    post: str
    since: Day
    until: Day | None
    evidence: str
    person: NamedPerson


class FocalPointList(Contract):
    """Who answers for a body today: the focal point, and the deputy."""

    items: list[FocalPointView]


class FocalPointContact(NamedPerson):
    """Who has a duty of a body, until which day."""

    duty: Duty
    post: Line
    until: Day | None = Field(description="The last day; null if nobody said so")


class SuperiorContact(Contract):
    """The post that what is late is brought to."""

    superior: Literal["joint_secretary", "secretary"]
    post: Line
    mail: Annotated[str, Field(max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]


class FocalPointsChanged(Event):
    """Who answers for a body now; the newest event of a body counts, and has all of them.

    Without anybody it takes the place of the event with the people of before.
    """

    ministry: MinistryId
    people: Annotated[tuple[FocalPointContact, ...], Field(max_length=2)]
    superiors: Annotated[tuple[SuperiorContact, ...], Field(max_length=2)] = Field(
        default=(), description="The posts above, to which late steps and cases are brought"
    )


class ProposeExtension(Contract):
    """Propose to give a body longer for a step; a second person has to approve it."""

    model_config = ConfigDict(extra="forbid")

    step: Step
    due_on: Day = Field(description="The new last day")
    reason: Evidence = Field(description="Why, with the letter that asks for it")


class ExtensionProposal(Contract):
    """A proposal to give a body longer for a step."""

    act_id: UUID
    body: str
    step: Step
    due_on: Day
    reason: str
    proposed_by: UUID
    proposed_at: AwareDatetime
    state: Literal["waiting", "approved", "rejected"]
    rejected_because: str | None = None


class ExtensionProposalList(Contract):
    """Proposals about a body, the newest first; at most 20."""

    items: list[ExtensionProposal]


Superior = Literal["joint_secretary", "secretary"]
"""Whom a step is brought to that is late by 5, and by 10 working days."""


class PutSuperior(Contract):
    """Set the post that is told of late steps of a body, and its address; it replaces the last."""

    model_config = ConfigDict(extra="forbid")

    post: Line
    mail: MailAddress
    evidence: Evidence


class SuperiorView(Contract):
    """The post that is told of late steps of a body."""

    superior: Superior
    post: str
    mail: str
    evidence: str
    set_at: AwareDatetime


class ReminderList(Contract):
    """Reminders about a body, the newest first, and the posts that late steps are brought to."""

    items: list[ReminderView]
    superiors: list[SuperiorView]
    unknown_year: int | None = Field(
        default=None,
        description="This year, or from November on the next, if nobody has published its holidays:"
        " in it nobody is reminded, and nobody is late; null if they are known",
    )


Audience = Literal["uddokta", "officer"]
"""Who a course is for."""

CourseId = Annotated[str, Field(pattern=r"^[a-z][a-z_]{2,39}$", max_length=40)]

QualificationNumber = Annotated[str, Field(min_length=1, max_length=20)]


class QualificationChanged(Event):
    """Until when somebody is qualified by a course; the newest event of both counts. No name."""

    subject: Annotated[str, Field(max_length=80)] = Field(description="Holder, space, course")
    holder_id: UUID = Field(description="The account")
    course: CourseId
    number: QualificationNumber
    qualified_until: EventDay = Field(description="The last day")


class QualificationNeeded(Event):
    """From which day on nobody of an audience acts without a course; the newest event counts."""

    subject: Annotated[str, Field(max_length=80)] = Field(description="Audience, space, course")
    audience: Audience
    course: CourseId
    needed_from: EventDay


AreaStage = Literal["planned", "open", "paused"]

Area = Annotated[
    str,
    Field(
        pattern=r"^([0-9]{4}|[0-9]{6}|[0-9]{8}|U[0-9]{1,5})(-[0-9]{1,2})?$",
        examples=["302618"],
        description="District, upazila, city corporation, union, or ward (`U2393-4`, "
        "`30262500-07`)",
    ),
]


class AreaStageChanged(Event):
    """An area was opened or paused; the newest event of an area counts.

    While one is paused, nothing within it is open either.
    """

    area: Area
    stage: AreaStage
