"""Events and HTTP bodies that cases owns."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.applications import ServedBy, Step, WaitsFor
from libs.contracts.bounds import (
    Day,
    Duty,
    Grounds,
    MinistryId,
    Moment,
)
from libs.contracts.catalogue import FormOrigin
from libs.contracts.contract import Contract
from libs.contracts.documents import DocumentReference
from libs.contracts.erasure import ErasureConfirmed
from libs.contracts.events import Event
from libs.contracts.handed_in import MOST_OF_CASE, HandedIn
from libs.contracts.language import Text
from libs.contracts.mandates import MandateEvidence
from libs.contracts.spellings import AS_WHOLE_NUMBER

ActionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
WorkflowKey = Annotated[
    str,
    Field(pattern=r"^[GS][0-9]{3}@[0-9]{1,6}$", description="A version of a workflow"),
]
WorkflowStep = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$", description="A step of the workflow")
]
MOST_AT_ONCE: Final = 500
"""Cases with which one thing is done at once."""
Line = Annotated[str, Field(min_length=1, max_length=500)]
FiguresBy = Literal["office", "duty", "service"]


class CasesErased(ErasureConfirmed):
    """Open cases of a citizen are empty; decided ones are sealed without their person."""


class AppealRecorded(Event):
    """An officer recorded the objection that a citizen brought to the office, in her name."""

    application_id: UUID
    ministry: MinistryId
    served_by: ServedBy = Field(default="desk", description="As of the submission")
    grounds: Grounds = Field(description="Why the decision is wrong, as her letter says")


class CasePapersChanged(Event):
    """The papers of officers that a case has now; others of the case are needed no longer."""

    case_id: UUID
    document_ids: Annotated[tuple[UUID, ...], Field(max_length=MOST_OF_CASE)]
    is_final: bool = Field(
        default=False,
        strict=True,
        description="Whether its citizen was erased, or its years are over: it gets no other one",
    )


class OfficeLook(Contract):
    """An office at which officers opened my application on a day."""

    on: date = Field(description="The day in Dhaka")
    office: Text | None = Field(description="Its name; null where no rule names it any more")
    papers: int = Field(default=0, description="How many papers of the application were opened")


class OfficePaper(Contract):
    """A paper, such as a report, that an officer added to my application on a day in Dhaka.

    It is the office's. What it is, and the office's name, are null where they are not known now.
    """

    on: date
    office: Text | None
    name: Text | None
    pages: int


class OfficeLooks(Contract):
    """The offices that opened my application, the newest day first; the last 500 looks count."""

    items: list[OfficeLook]
    added: list[OfficePaper] = Field(
        default=[], description="The papers that officers added to it, the oldest first"
    )


class CaseInQueue(Contract):
    """A case that waits for a duty of an office."""

    case_id: UUID
    duty: str
    duty_name: Text | None = Field(default=None, description="Null for a duty of no workflow")
    tracking_number: str
    public_service_id: str
    workflow_name: Text
    step: Text
    due_on: date = Field(description="The last day for the whole case")
    is_due_sourced: bool = Field(description="Whether that day comes from a published deadline")
    is_paused: bool = Field(
        default=False,
        description="Whether its time stands still, while the applicant, a payment or a time is "
        "waited for: the last day moves by as many working days",
    )
    is_overdue: bool
    came_at: AwareDatetime = Field(description="When it came to this step")
    is_mine: bool = Field(description="Whether it is assigned to me")
    assigned_until: AwareDatetime | None = Field(
        default=None, description="Until when it is assigned to somebody; null if to nobody"
    )


class StandsIn(Contract):
    """A duty that I have for a colleague who is away."""

    duty: str
    duty_name: Text | None = Field(default=None, description="Null for a duty of no workflow")
    until: Day = Field(description="The last day")


class CaseQueue(Contract):
    """A part of the cases that wait for my duties, the nearest last day first."""

    items: list[CaseInQueue]
    next: str | None = Field(None, description="Continues the list (`?after=`)")
    acts_until: Day | None = Field(
        default=None,
        description="The last day of my qualification, within 30 days of it; else null",
    )
    stands_in: list[StandsIn] = Field(
        default=[], description="Duties that I have today for colleagues who are away"
    )


class QueueCount(Contract):
    """How many cases wait for a duty of my office; counted up to 1,000."""

    duty: str
    duty_name: Text | None = Field(default=None, description="Null for a duty of no workflow")
    waiting: int
    mine: int
    due_today: int
    overdue: int


class QueueCounts(Contract):
    """The numbers of my queues."""

    items: list[QueueCount]


OverdueRung = Literal["officer", "superior", "focal_point", "joint_secretary"]
"""How far up an overdue case was brought: since its last day to the officers whose duty it waits
for, and after 2, 5 and 10 working days to their superior and to the ministry's posts."""


class OverdueCase(Contract):
    """A case whose last day has passed; nothing of what is in it."""

    tracking_number: str
    workflow_name: Text
    step: Text
    duty: str = Field(description="For which it waits")
    duty_name: Text | None
    office_id: str
    due_on: date
    is_due_sourced: bool
    days: int = Field(description="Days since its last day")
    officer_ids: list[UUID] = Field(
        default=[], description="Whose it is: with that duty at that office today, or standing in"
    )
    rung: OverdueRung | None = Field(
        default=None, description="To whom it was brought last; null if nobody has looked yet"
    )
    rung_on: date | None = Field(default=None, description="Since when")


class Unmanned(Contract):
    """Cases that wait for a duty at an office, and that nobody there can go on with.

    Nobody has the duty, or whoever has it acted in the case before, and may not hear its appeal.
    """

    office_id: str
    duty: str
    duty_name: Text | None
    cases: int
    since: AwareDatetime = Field(description="When the first of them was found")


class OverdueCases(Contract):
    """Overdue cases at offices of my ministry below my area, or those of mine, the oldest first."""

    items: list[OverdueCase]
    unmanned: list[Unmanned] = Field(
        default=[], description="For the programme, and focal points of their ministry, instead"
    )
    is_own: bool = Field(default=False, description="Only those of my duties at my office")


class CaseFigure(Contract):
    """The work of an office, a duty or a public service, in numbers."""

    key: str = Field(description="Of the office, the duty or the public service")
    name: Text | None = Field(description="Null for an office, and for what no workflow names")
    came: int = Field(description="Tasks that came in these days")
    done: int = Field(description="Tasks that officers have done in these days")
    waiting: int = Field(description="Tasks that are open now")
    overdue: int = Field(description="Of them, those whose case is past its last day")
    median_age_days: float | None = Field(
        description="Half of the open ones have waited for longer; null if none is open"
    )


class CaseFigures(Contract):
    """The work at offices of my ministry below my area, the most overdue first."""

    by: FiguresBy
    days: int = Field(description="Days of which it says what came and what was done")
    items: list[CaseFigure] = Field(description="100 at most")
    is_cut: bool = Field(description="Whether there are more")


class BillLine(Contract):
    """An item of a bill."""

    item: str
    name: Text
    amount_poisha: int = Field(description="Before VAT")
    vat_poisha: int
    is_sourced: bool = Field(description="Whether amount and tax were published")


class CaseBill(Contract):
    """The bill of a fee step; no lines where no tariff says what it costs."""

    lines: list[BillLine]
    total_poisha: int | None
    recorded_at: AwareDatetime | None = Field(
        description="When an officer recorded the number of the challan; another one confirms it"
    )


class AskedChoice(Contract):
    """One of the answers that are taken."""

    value: str
    name: Text


class AskedValue(Contract):
    """How a value is asked, and which answers are taken."""

    kind: Literal["whole", "choice", "text"]
    least: int | None = None
    most: int | None = None
    choices: list[AskedChoice] = Field(default=[], description="Of a choice")


class CaseAction(Contract):
    """Something that can be done now."""

    action: str
    duty: str = Field(description="In which duty I can do it")
    name: Text
    leads_to: Text = Field(description="The step to which it leads")
    is_refusal: bool = Field(description="Whether the case ends with a refusal: say why")
    asks_applicant: bool = Field(description="Whether the applicant has to correct: say what")
    needs_reasons: bool = Field(
        default=False, description="Whether it answers the applicant, who reads the reasons"
    )
    papers: list[str] = Field(description="Names of the papers that are handed in with it")
    values: list[str] = Field(description="Names of the values that are set with it")
    item_names: dict[str, Text] = Field(
        default={}, description="What these papers and values are called, where it is known"
    )
    is_proposed: bool = Field(description="Whether a rule suggests it")
    asks_time: bool = Field(default=False, description="Whether it sets a time for the applicant")
    asked: dict[str, AskedValue] = Field(
        default={}, description="How its values are asked, by name; any line of text for others"
    )
    may_add: list[str] = Field(
        default=[], description="Names of papers that can be handed in with it, and need not be"
    )


class CaseEntry(Contract):
    """An entry of a case's history; the oldest is first."""

    revision: int = Field(description="Of the case after it")
    at: AwareDatetime
    type: str
    step: Text | None = None
    action: Text | None = None
    by_me: bool = False
    office_id: str | None = None
    note: Text | None = None


class CaseView(Contract):
    """A case on one page."""

    case_id: UUID
    tracking_number: str
    public_service_id: str
    workflow_name: Text
    revision: int
    status: Literal["open", "correction", "ended"]
    outcome: str | None = None
    step: Text
    waits_for: WaitsFor | Literal["focal_point"] | None
    due_on: date
    is_due_sourced: bool
    is_paused: bool = Field(
        default=False,
        description="Whether its time stands still, while the applicant, a payment or a time is "
        "waited for",
    )
    submitted_at: AwareDatetime
    form: dict[str, Any]
    form_version: int
    form_origin: FormOrigin
    documents: list[DocumentReference]
    opens_papers: bool = Field(
        default=False,
        description="Whether I can open papers: while it waits for a duty of mine",
    )
    mandate: MandateEvidence | None = Field(
        default=None, description="How the citizen agreed that an uddokta applies"
    )
    history: list[CaseEntry]
    actions: list[CaseAction]
    shown: Step | None = Field(description="What its citizen sees now")
    assigned_until: AwareDatetime | None = None
    is_mine: bool = False
    appointment: AwareDatetime | None = Field(
        default=None, description="When the applicant has to come"
    )
    bill: CaseBill | None = Field(default=None, description="Of the fee step at which it is")
    handed_in: list[HandedIn] = Field(
        default=[], description="Papers of officers: reports, marks, photos; the newest first"
    )


class CasePaperLink(Contract):
    """Where I fetch a paper of a case; the link opens nothing for anybody else."""

    token: str = Field(description="For `GET /v1/case-papers/{token}`")
    valid_until: AwareDatetime


class AssignCase(Contract):
    """Have a case assigned to me for 15 minutes."""

    model_config = ConfigDict(extra="forbid")

    duty: Duty
    reason: Line | None = Field(
        default=None, description="Why I take it over from a colleague who has it now"
    )


class CaseAssigned(Contract):
    """A case that is assigned to me."""

    assigned_until: AwareDatetime


class ActOnCase(Contract):
    """Do something with a case, as I saw it."""

    model_config = ConfigDict(extra="forbid")

    revision: Annotated[int, AS_WHOLE_NUMBER] = Field(
        ge=1, le=1_000_000_000, description="Of the case that I saw: another one is refused"
    )
    duty: Duty
    action: ActionId
    note: Annotated[str, Field(min_length=1, max_length=2_000)] | None = Field(
        default=None, description="To the citizen; a refusal says why, a correction what"
    )
    papers: dict[ActionId, Line] = Field(
        default_factory=dict,
        max_length=20,
        description="The number under which the office has a paper, by its name. One whose file "
        "was handed in needs none",
    )
    values: dict[ActionId, Line] = Field(
        default_factory=dict, max_length=20, description="Values that the action sets"
    )
    appointment: Moment | None = Field(
        default=None, description="The time at which the applicant has to come"
    )


class CaseActed(Contract):
    """A case after an act."""

    revision: int
    status: Literal["open", "correction", "ended"]
    step: Text


class BulkChoice(Contract):
    """Something that can be done with many cases at once; never a refusal."""

    action: str
    name: Text
    leads_to: Text = Field(description="The step to which it leads")


class BulkGroup(Contract):
    """Cases of one step that wait for a duty of mine; counted up to 500."""

    duty: str
    duty_name: Text | None = Field(default=None, description="Null for a duty of no workflow")
    workflow: str
    workflow_name: Text
    step: str
    step_name: Text
    waiting: int
    actions: list[BulkChoice] = Field(description="None where each needs its own look")


class BulkGroups(Contract):
    """What waits for my duties by step, the largest number first."""

    items: list[BulkGroup]


class BulkCase(Contract):
    """A case of a step, as it is now."""

    case_id: UUID
    revision: int
    tracking_number: str


class BulkCases(Contract):
    """The cases of a step that wait for a duty, the nearest last day first; 500 at most."""

    items: list[BulkCase]


class SeenCase(Contract):
    """A case as I saw it."""

    model_config = ConfigDict(extra="forbid")

    case_id: UUID
    revision: Annotated[int, AS_WHOLE_NUMBER] = Field(ge=1, le=1_000_000_000)


class ActOnCases(Contract):
    """Do one thing with many cases of a step, as I saw them."""

    model_config = ConfigDict(extra="forbid")

    duty: Duty
    workflow: WorkflowKey
    step: WorkflowStep
    action: ActionId
    count: Annotated[int, AS_WHOLE_NUMBER] = Field(
        ge=0, le=1_000_000_000, description="How many they are, as a person has typed it"
    )
    cases: list[SeenCase] = Field(min_length=1, max_length=MOST_AT_ONCE)


class NotDone(Contract):
    """A case that was left as it is."""

    case_id: UUID
    reason: Text


class CasesActed(Contract):
    """What became of many cases."""

    done: int
    not_done: list[NotDone]
