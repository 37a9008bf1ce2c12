"""Timeline entries: one per event that the citizen sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.contracts.applications import (
    ApplicationChange,
    ApplicationDecided,
    ApplicationDelayed,
    ApplicationMoved,
    CorrectionRequested,
    DelayCause,
    Outcome,
)
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.notifications import MessageFailed


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a timeline."""

    event_id: UUID
    application_id: UUID
    type: str
    at: datetime
    outcome: Outcome | None = None
    note: Text | None = None
    trace_id: str | None = None
    cause: DelayCause | None = None

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
    )


def _note(event: Event) -> Text | None:
    match event:
        case CorrectionRequested() | ApplicationDecided():
            return event.note
        case ApplicationMoved():
            return event.office.name if event.office else None
        case _:
            return None
