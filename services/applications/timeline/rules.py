"""The timeline of an application: one entry per event that the citizen sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from libs.contracts.applications import (
    ApplicationCorrected,
    ApplicationDecided,
    ApplicationDelayed,
    ApplicationOverdue,
    ApplicationReceived,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CorrectionRequested,
    DelayCause,
    Outcome,
)
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.notifications import MessageDelivered, MessageFailed, MessageSent

_TITLES: Mapping[str, Text] = MappingProxyType(
    {
        ApplicationSubmitted.type: Text(bn="আবেদন জমা হয়েছে", en="Application submitted"),
        ApplicationReceived.type: Text(
            bn="মন্ত্রণালয় আবেদনটি পেয়েছে", en="The ministry has received the application"
        ),
        ApplicationDelayed.type: Text(
            bn="মন্ত্রণালয়ের সিস্টেমে এখন পৌঁছানো যাচ্ছে না। আবেদনটি নিরাপদ আছে, আবার আবেদন করতে হবে না",
            en=(
                "The ministry's system cannot be reached."
                " Your application is safe, you need not apply again"
            ),
        ),
        CorrectionRequested.type: Text(bn="সংশোধনের জন্য ফেরত এসেছে", en="Sent back for correction"),
        ApplicationCorrected.type: Text(
            bn="সংশোধিত আবেদন জমা হয়েছে", en="Corrected application submitted"
        ),
        ApplicationOverdue.type: Text(
            bn="সেবা প্রদানের নির্ধারিত সময় পার হয়েছে", en="The ministry's time for a decision is over"
        ),
        ApplicationWithdrawn.type: Text(bn="আবেদন প্রত্যাহার করা হয়েছে", en="Application withdrawn"),
        MessageSent.type: Text(bn="এসএমএস পাঠানো হয়েছে", en="SMS sent"),
        MessageDelivered.type: Text(bn="এসএমএস পৌঁছেছে", en="SMS delivered"),
        MessageFailed.type: Text(bn="এসএমএস পৌঁছানো যায়নি", en="SMS could not be delivered"),
    }
)
_DELAYED_BY_US = Text(
    bn="আমাদের সিস্টেমে একটি ত্রুটি হয়েছে। আবেদনটি নিরাপদ আছে, আবার আবেদন করতে হবে না",
    en="A fault on our side holds it up. Your application is safe, you need not apply again",
)
_DECIDED: Mapping[Outcome, Text] = MappingProxyType(
    {
        "approved": Text(bn="আবেদন মঞ্জুর হয়েছে", en="Application approved"),
        "refused": Text(bn="আবেদন নামঞ্জুর হয়েছে", en="Application refused"),
    }
)
ENTRY_TYPES = frozenset(_TITLES) | {ApplicationDecided.type}
"""The events that a citizen sees."""


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


def entry_of(event: Event) -> Entry:
    """Make the entry of an event of `ENTRY_TYPES`."""
    return Entry(
        event_id=event.event_id,
        application_id=getattr(event, "application_id"),  # noqa: B009 each of them has one
        type=event.type,
        at=event.occurred_at,
        outcome=event.outcome if isinstance(event, ApplicationDecided) else None,
        note=event.note if isinstance(event, CorrectionRequested | ApplicationDecided) else None,
        trace_id=event.trace.trace_id if event.trace else None,
        cause=event.cause if isinstance(event, ApplicationDelayed) else None,
    )


def entries_of(events: Sequence[Event]) -> list[Entry]:
    """Make the entries of those events that a citizen sees."""
    return [entry_of(event) for event in events if event.type in ENTRY_TYPES]


def title_of(entry: Entry) -> Text:
    """Return the title of an entry in both languages."""
    if entry.outcome is not None:
        return _DECIDED[entry.outcome]
    if entry.cause == "platform":
        return _DELAYED_BY_US
    return _TITLES[entry.type]
