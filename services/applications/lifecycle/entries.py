"""Timeline entries: one per event that the citizen sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from libs.bangladesh.text import bangla_digits
from libs.contracts.applications import (
    ApplicationChange,
    ApplicationCorrected,
    ApplicationDeadlineMoved,
    ApplicationDecided,
    ApplicationDelayed,
    ApplicationMoved,
    ApplicationPaperIssued,
    ApplicationPaperReplaced,
    ApplicationPaperWithdrawn,
    ApplicationReceived,
    ApplicationStepReached,
    CorrectionRequested,
    DelayCause,
    Outcome,
    Step,
)
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.mandates import ApplicantPart
from libs.contracts.notifications import MessageFailed


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a timeline.

    Args:
        published_at: when the ministry's record that it follows from was written, as that says.
    """

    event_id: UUID
    application_id: UUID
    type: str
    at: datetime
    outcome: Outcome | None = None
    note: Text | None = None
    trace_id: str | None = None
    cause: DelayCause | None = None
    published_at: datetime | None = None

    @classmethod
    def from_row(cls, row: Any) -> "Entry":
        """Read a row with columns named as the fields."""
        values = dict(row)
        return cls(note=note_of(values), **values)


def note_of(values: dict[str, Any]) -> Text | None:
    """Remove the columns of a note from a row's values, and return the note."""
    bn, en = values.pop("note_bn"), values.pop("note_en")
    return None if bn is None else Text(bn=bn, en=en)


def entries_of(events: Sequence[Event]) -> list[Entry]:
    """Return the entries of changes and of failed messages; other events have none."""
    return [
        _entry_of(event) for event in events if isinstance(event, ApplicationChange | MessageFailed)
    ]


def _entry_of(event: ApplicationChange | MessageFailed) -> Entry:
    return Entry(
        event_id=event.event_id,
        application_id=event.application_id,
        type=event.type,
        at=event.occurred_at,
        outcome=event.outcome if isinstance(event, ApplicationDecided) else None,
        note=_note(event),
        trace_id=event.trace.trace_id if event.trace else None,
        cause=event.cause if isinstance(event, ApplicationDelayed) else None,
        published_at=event.published_at,
    )


PaperChange: TypeAlias = (
    ApplicationPaperIssued | ApplicationPaperReplaced | ApplicationPaperWithdrawn
)
_PARTS: Final[Mapping[ApplicantPart, Text]] = {
    "name": Text(bn="নাম", en="name"),
    "number": Text(bn="পরিচয় বা জন্ম নিবন্ধন নম্বর", en="NID or birth registration number"),
    "birth_date": Text(bn="জন্মতারিখ", en="birth date"),
}


def _note_of_correction(event: ApplicationCorrected) -> Text | None:
    """Return a correction's note: the changes of the applicant, and that an uddokta sent it."""
    parts = [_PARTS[part] for part in event.changes]
    bn = f"বদলেছে: {', '.join(part.bn for part in parts)}। " if parts else ""
    en = f"Changed: {', '.join(part.en for part in parts)}. " if parts else ""
    if event.is_assisted:
        agreed_bn, agreed_en = ("নতুন সম্মতিতে ", ", with a new consent") if parts else ("", "")
        bn += f"{agreed_bn}সেবা কেন্দ্র থেকে পাঠানো।"
        en += f"Sent at a service centre{agreed_en}."
    return Text(bn=bn.strip(), en=en.strip()) if bn else None


def _note_of_step(step: Step) -> Text:
    """Name a step, and the office that works on it."""
    if step.office is None:
        return Text(bn=step.name.bn, en=step.name.en)
    return Text(bn=f"{step.name.bn}: {step.office.bn}", en=f"{step.name.en}: {step.office.en}")


def _note_of_paper(event: PaperChange) -> Text:
    """Name a paper by its number, and the one that holds in its place."""
    by = f" → {event.replaced_by}" if isinstance(event, ApplicationPaperReplaced) else ""
    return Text(bn=f"{event.number}{by}", en=f"{event.number}{by}")


def _note(event: Event) -> Text | None:
    match event:
        case CorrectionRequested() | ApplicationDecided():
            return event.note
        case ApplicationMoved():
            return event.office.name if event.office else None
        case ApplicationCorrected():
            return _note_of_correction(event)
        case ApplicationDeadlineMoved():
            days = f"{event.before.isoformat()} → {event.due_on.isoformat()}"
            return Text(bn=bangla_digits(days), en=days)
        case ApplicationPaperIssued() | ApplicationPaperReplaced() | ApplicationPaperWithdrawn():
            return _note_of_paper(event)
        case ApplicationStepReached(note=Text() as note):
            return note
        case ApplicationStepReached() | ApplicationReceived():
            return _note_of_step(event.step) if event.step else None
        case _:
            return None
