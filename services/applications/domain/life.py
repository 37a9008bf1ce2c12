"""The life of an application: its states, what can happen to it, and what comes of that.

THE TABLE below decides every pair of state and happening, so that a late, repeated or crossing
event meets an answer that somebody thought about. Overdue and delayed are flags beside the state.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Literal, TypeAlias
from uuid import UUID

from libs.contracts.applications import (
    ApplicationDecided,
    ApplicationDelayed,
    ApplicationReceived,
    CorrectionRequested,
    Status,
)
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.ministries import (
    CorrectionAsked,
    MinistryDecided,
    MinistryReceived,
    MinistryUnreachable,
)
from libs.errors import Refused
from libs.trace_context import TraceContext

MinistryEvent: TypeAlias = (
    MinistryReceived | MinistryUnreachable | CorrectionAsked | MinistryDecided
)
Happening = Literal[
    "received",
    "unreachable",
    "correction_asked",
    "approved",
    "refused",
    "corrected",
    "withdrawn",
]


class Stays(Enum):
    """Nothing changes and nobody is told."""

    REPEATED = "this is how it stands already"
    LATE = "something later has happened already; only a file number is still noted"


@dataclass(frozen=True, slots=True)
class Goes:
    """The application goes to this state; where nothing at all changes, nobody is told."""

    to: Status


@dataclass(frozen=True, slots=True)
class Refuses:
    """The happening contradicts the state: 409 for a citizen, dead letters for an event."""

    code: str


Verdict: TypeAlias = Goes | Stays | Refuses

_NOT_ASKED = Refuses("correction_not_asked")
_CLOSED = Refuses("application_closed")
_DECIDED = Refuses("already_decided")

TABLE: dict[Status, dict[Happening, Verdict]] = {
    # Handed in, the ministry has not said anything. Whatever it says implies that it has received
    # the application, so a decision that overtakes its `received` counts.
    "submitted": {
        "received": Goes("with_ministry"),
        "unreachable": Goes("submitted"),
        "correction_asked": Goes("correction_requested"),
        "approved": Goes("approved"),
        "refused": Goes("refused"),
        "corrected": _NOT_ASKED,
        "withdrawn": Goes("withdrawn"),
    },
    # A second `received` is the answer to a corrected form: told only when it ends a delay or
    # brings a new file number. `unreachable` here is about handing over that corrected form.
    "with_ministry": {
        "received": Goes("with_ministry"),
        "unreachable": Goes("with_ministry"),
        "correction_asked": Goes("correction_requested"),
        "approved": Goes("approved"),
        "refused": Goes("refused"),
        "corrected": _NOT_ASKED,
        "withdrawn": Goes("withdrawn"),
    },
    # The citizen has it. Nothing is on its way to the ministry, so what it says of receiving is
    # late. It may ask again with another note, or decide without waiting for the answer.
    "correction_requested": {
        "received": Stays.LATE,
        "unreachable": Stays.LATE,
        "correction_asked": Goes("correction_requested"),
        "approved": Goes("approved"),
        "refused": Goes("refused"),
        "corrected": Goes("with_ministry"),
        "withdrawn": Goes("withdrawn"),
    },
    # Closed by the ministry. A second, different decision is a matter of appeal or review, never of
    # a message: it goes to the dead letters for a person to ask the ministry.
    "approved": {
        "received": Stays.LATE,
        "unreachable": Stays.LATE,
        "correction_asked": _DECIDED,
        "approved": Stays.REPEATED,
        "refused": _DECIDED,
        "corrected": _CLOSED,
        "withdrawn": _CLOSED,
    },
    "refused": {
        "received": Stays.LATE,
        "unreachable": Stays.LATE,
        "correction_asked": _DECIDED,
        "approved": _DECIDED,
        "refused": Stays.REPEATED,
        "corrected": _CLOSED,
        "withdrawn": _CLOSED,
    },
    # Withdrawn by the citizen, while a word of the ministry was on its way. A withdrawal works from
    # the moment it reaches the other side (the rule of the Contract Act 1872, section 4), and a
    # ministry that has read it decides no more: a decision that still comes was made before, and
    # stands. The certificate exists, or the time for an appeal runs, and keeping that from the
    # citizen would harm her. A question that crossed needs no answer any more.
    "withdrawn": {
        "received": Stays.LATE,
        "unreachable": Stays.LATE,
        "correction_asked": Stays.LATE,
        "approved": Goes("approved"),
        "refused": Goes("refused"),
        "corrected": _CLOSED,
        "withdrawn": Stays.REPEATED,
    },
}

ON_THE_MINISTRYS_CLOCK: frozenset[Status] = frozenset({"submitted", "with_ministry"})
"""Only then can the ministry be late; the clock stands still while the citizen corrects."""


@dataclass(frozen=True, slots=True)
class Application:
    """One application as it stands; the form is kept apart.

    Args:
        note: what the ministry last said: what to correct, or why it decided so.
        due_on: last day of the ministry's time, in Dhaka; None where the service names no days.
        delayed: the citizen was told that the ministry's system is away, and not yet that it has
            the application.
        trace: the click that lodged it.
    """

    application_id: UUID
    tracking_number: str
    citizen_id: UUID
    public_service_id: str
    ministry: str
    status: Status
    submitted_at: datetime
    due_on: date | None
    service_centre_id: str | None = None
    overdue: bool = False
    delayed: bool = False
    case_file_number: str | None = None
    note: Text | None = None
    trace: TraceContext | None = None

    def facts(self) -> dict[str, UUID | str]:
        """The fields that every event about this application carries."""
        return {
            "application_id": self.application_id,
            "tracking_number": self.tracking_number,
            "citizen_id": self.citizen_id,
            "public_service_id": self.public_service_id,
            "ministry": self.ministry,
        }


def go(application: Application, happening: Happening) -> Status | None:
    """Look up where a happening takes an application; None where it stays as it is.

    Raises:
        Refused: the happening contradicts the application's state.
    """
    match TABLE[application.status][happening]:
        case Goes(to):
            return to
        case Refuses(code):
            raise Refused(code, f"{happening} when {application.status}")
        case Stays():
            return None


def hear_ministry(
    application: Application, event: MinistryEvent
) -> tuple[Application, list[Event]]:
    """Take in what a ministry says; a repeat changes nothing and tells nobody.

    Raises:
        Refused: another ministry says it, or it contradicts what was decided before.
    """
    if event.ministry != application.ministry:
        raise Refused("other_ministry", "the application is with another ministry")
    to = go(application, _happening(event))
    if to is None:
        return _noted(application, event), []
    changed = _changed(application, event, to)
    if changed == application:
        return application, []
    return changed, [_told(changed, event)]


def _happening(event: MinistryEvent) -> Happening:
    match event:
        case MinistryReceived():
            return "received"
        case MinistryUnreachable():
            return "unreachable"
        case CorrectionAsked():
            return "correction_asked"
        case MinistryDecided():
            return event.outcome


def _noted(application: Application, event: MinistryEvent) -> Application:
    """Keep a file number that comes late: it helps the citizen to ask about the case."""
    if not isinstance(event, MinistryReceived) or event.case_file_number is None:
        return application
    if application.case_file_number is not None:
        return application
    return replace(application, case_file_number=event.case_file_number)


def _changed(application: Application, event: MinistryEvent, to: Status) -> Application:
    match event:
        case MinistryReceived():
            number = event.case_file_number or application.case_file_number
            return replace(application, status=to, case_file_number=number, delayed=False)
        case MinistryUnreachable():
            return replace(application, status=to, delayed=True)
        case CorrectionAsked() | MinistryDecided():
            return replace(application, status=to, note=event.note, delayed=False)


def _told(application: Application, event: MinistryEvent) -> Event:
    facts = application.facts()
    match event:
        case MinistryReceived():
            number = application.case_file_number
            return ApplicationReceived.because_of(event, **facts, case_file_number=number)
        case MinistryUnreachable():
            return ApplicationDelayed.because_of(event, **facts)
        case CorrectionAsked():
            return CorrectionRequested.because_of(event, **facts)
        case MinistryDecided():
            return ApplicationDecided.because_of(event, **facts)
