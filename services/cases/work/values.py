"""A case as it is stored, what was submitted for it, and what a change writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from libs.bangladesh.calendar import Calendar
from libs.bangladesh.deadline import Deadline
from libs.contracts.applications import ResponsibleOffice, Step
from libs.contracts.catalogue import RoutingRule
from libs.contracts.documents import DocumentReference
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.mandates import MandateEvidence
from libs.contracts.ministries import PaperGranted
from libs.trace_context import TraceContext
from libs.workflows.case import Case
from libs.workflows.commands import ClockKind, Command
from libs.workflows.events import Event as CaseEvent
from libs.workflows.reading import WaitsFor
from libs.workflows.tariffs import TariffRow
from services.cases.fees.rules import StoredBill
from services.cases.queues.rules import Task

ENTRIES_OF_A_CHANGE: Final = 1_000
"""More than the entries of one change, so that a number needs no count of those before it."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with what its row has beside it.

    Args:
        case_id: the id of the submission that opened it.
        state: where it is.
        revision: grows with every change; 0 before it is stored.
        office: the responsible one, as the submission named it; None where it named none.
        shown: the step that its citizen was told last; None while she corrects.
        deadline: the time for the whole case: that which its citizen was told, else the workflow's.
        is_promised: whether her application has it, from a published source.
        due_on: its last day in Dhaka; while it stands still, without that pause.
        attempt: how many times this person has asked for the service, this one included.
        other_open: other open cases of this person at the service on the day on which it came.
        trace: of the submission.
        published_at: when the record of the submission was written, of a case that is opened now.
        waits_for: whom it waits for; None for an ended one.
        closed_at: when it ended.
    """

    case_id: UUID
    application_id: UUID
    tracking_number: str
    public_service_id: str
    ministry: str
    citizen_id: UUID
    state: Case
    submitted_at: datetime
    deadline: Deadline
    due_on: date
    revision: int = 0
    office: ResponsibleOffice | None = None
    shown: Step | None = None
    attempt: int = 1
    other_open: int = 0
    trace: TraceContext | None = None
    published_at: datetime | None = None
    waits_for: WaitsFor | None = None
    closed_at: datetime | None = None
    erased: bool = False
    is_promised: bool = False

    @property
    def workflow_key(self) -> str:
        """The version of the workflow that holds for it, such as `S031@1`."""
        return f"{self.state.workflow}@{self.state.version}"


@dataclass(frozen=True, slots=True)
class Content:
    """The submission of a case: the form with its papers, and the mandate of an uddokta."""

    submission_id: UUID
    submitted_at: datetime
    form: Mapping[str, Any] = field(repr=False)
    form_version: int
    form_origin: str
    documents: tuple[DocumentReference, ...] = ()
    mandate: MandateEvidence | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What the catalogue has published for cases, beside their workflows.

    Args:
        tariffs: all rows.
        calendar: the working days.
        offices: all versions of the rules of roles' offices, by public service.
    """

    calendar: Calendar
    tariffs: Sequence[TariffRow] = ()
    offices: Mapping[str, Sequence[RoutingRule]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A PDF of an office's own, which documents has."""

    document_id: UUID
    sha256: str


@dataclass(frozen=True, slots=True)
class Order:
    """A command on a case, and who gave it.

    Args:
        command: what is wanted.
        at: when.
        actor_id: the officer; None where a citizen, a rule or a clock did it.
        office_id: where the officer works.
        note: the officer's words to the citizen.
        trace: of what the order follows from; None for that of the application.
        papers: the numbers under which the office has papers, by their names.
        own_file: the office's own PDF with which it decides; None where its paper is drawn.
        answered_on: the day in Dhaka on which a citizen sent what came now; the time of the case
            runs again since then.
    """

    command: Command
    at: datetime
    actor_id: UUID | None = None
    office_id: str | None = None
    note: Text | None = field(default=None, repr=False)
    trace: TraceContext | None = None
    papers: Mapping[str, str] = field(default_factory=dict, repr=False)
    own_file: OwnFile | None = None
    answered_on: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a history.

    Args:
        entry_no: its place, from 1.
        event: what happened.
        note: the officer's words to the citizen, with the event that they are about.
    """

    entry_id: UUID
    entry_no: int
    at: datetime
    event: CaseEvent
    actor_id: UUID | None = None
    office_id: str | None = None
    note: Text | None = field(default=None, repr=False)
    papers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def revision(self) -> int:
        """The revision of the case that it made."""
        return self.entry_no // ENTRIES_OF_A_CHANGE


@dataclass(frozen=True, slots=True)
class Timer:
    """A clock that runs.

    Args:
        kind: what runs out.
        due_at: when.
        is_moved: whether it runs out at another time than the one of the same visit that is stored.
        begins_on: the day in Dhaka from which it counts.
        days: working days; None if it counts all days, which no calendar moves.
    """

    kind: ClockKind
    due_at: datetime
    is_moved: bool = False
    begins_on: date | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The rows that a command writes: the case after it, and all that follows from the case.

    Args:
        file: the case, with its next revision.
        entries: what happened.
        tasks: all open work of the case.
        timers: all clocks that run.
        side: the step at which somebody acted who may not act at another one; with both steps.
        announced: the events for others.
        bill: of the fee step that it has come to; None if it has come to none.
        granted: the paper about its end; None where there is none.
    """

    file: CaseFile
    entries: Sequence[Entry]
    tasks: Sequence[Task]
    timers: Sequence[Timer]
    side: tuple[str, str, UUID] | None
    announced: Sequence[Event]
    bill: StoredBill | None = None
    granted: PaperGranted | None = None
