"""The events that follow from a ministry's response."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, TypeAlias
from uuid import UUID

from libs.bangladesh.text import has_forbidden, normalise
from libs.contracts.bounds import LONGEST_NOTE
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.ministries import (
    CorrectionAsked,
    MinistryDecided,
    MinistryDecision,
    MinistryReceived,
)
from libs.errors import FieldError, Unreadable
from libs.ids import derived_id
from libs.trace_context import TraceContext
from services.ministries.deliveries.rules import Kind

ApplicationKey: TypeAlias = tuple[UUID, str]
"""An application and its ministry; a moved application has one key per ministry."""


@dataclass(frozen=True, slots=True)
class Application:
    """The announcements about one application at one ministry so far.

    `received_delivery_id` is the delivery whose receipt was announced last. `case_file_number` is
    the first number that the ministry gave. For an `erased` citizen no number or note is kept.
    """

    application_id: UUID
    ministry: str
    case_file_number: str | None = None
    received_delivery_id: UUID | None = None
    announced_event_ids: frozenset[UUID] = frozenset()
    erased: bool = False

    @property
    def key(self) -> ApplicationKey:
        """Application and ministry."""
        return self.application_id, self.ministry


@dataclass(frozen=True, slots=True)
class MinistryResponse:
    """A ministry's response about one delivery: to our call, or by callback."""

    delivery_id: UUID
    ministry: str
    kind: Kind
    decision: MinistryDecision
    trace: TraceContext | None

    @property
    def key(self) -> "ApplicationKey":
        """Its application and ministry."""
        return self.decision.application_id, self.ministry


def apply(application: Application, response: MinistryResponse) -> tuple[Application, list[Event]]:
    """Apply a ministry's response; return what is to be announced.

    Any response shows that the ministry has the application. A decision says so itself, and carries
    the case file number; otherwise the receipt is announced, before a request for correction. Event
    ids follow from delivery and content: the same response, repeated or by callback, gives the same
    events and announces nothing.
    """
    if application.erased:
        nothing = {"case_file_number": None, "note": None}
        response = replace(response, decision=response.decision.model_copy(update=nothing))
    after = replace(
        application,
        case_file_number=application.case_file_number or response.decision.case_file_number,
        received_delivery_id=application.received_delivery_id
        if response.kind == "withdrawn"
        else response.delivery_id,
    )
    announced = application.announced_event_ids
    decision = _decision(after, response)
    is_new = decision is not None and decision.event_id not in announced
    events: list[Event] = []
    if after != application and not (is_new and isinstance(decision, MinistryDecided)):
        events.append(_receipt(after, response.delivery_id))
    if decision is not None:
        events.append(decision)
    new = [event.in_trace(response.trace) for event in events if event.event_id not in announced]
    if new:
        after = replace(after, announced_event_ids=announced | {event.event_id for event in new})
    return (after if after != application else application), new


def apply_all(
    applications: Mapping[ApplicationKey, Application], responses: Sequence[MinistryResponse]
) -> tuple[list[Application], list[Event]]:
    """Apply responses in order; return the applications that changed, and the events."""
    changed: dict[ApplicationKey, Application] = {}
    events: list[Event] = []
    for response in responses:
        before = changed.get(response.key) or applications[response.key]
        after, new = apply(before, response)
        if after is not before:
            changed[after.key] = after
        events += new
    return list(changed.values()), events


def clean(decision: MinistryDecision) -> MinistryDecision:
    """Normalise the text of a ministry's system.

    Raises:
        Unreadable: a text has control characters, or a note is longer than a page.
    """
    note = decision.note
    if note is not None:
        note = Text(bn=_clean_note("/note/bn", note.bn), en=_clean_note("/note/en", note.en))
    if has_forbidden(decision.case_file_number or ""):
        raise Unreadable("control_character", "in /case_file_number")
    return decision.model_copy(update={"note": note})


def _clean_note(pointer: str, note: str) -> str:
    cleaned = normalise(note)
    if max(len(note), len(cleaned)) > LONGEST_NOTE:  # NFC writes ড় as two code points
        field_error = FieldError(
            pointer,
            "too_long",
            "নোট সর্বোচ্চ ৪০০০ অক্ষরের হতে পারে। ছোট করে আবার পাঠান।",
            "A note may have at most 4,000 characters. Shorten it and send it again.",
        )
        raise Unreadable("wrong_shape", f"{pointer} is too long", field_errors=(field_error,))
    if has_forbidden(cleaned):
        raise Unreadable("control_character", f"in {pointer}")
    return cleaned


def _receipt(application: Application, delivery_id: UUID) -> MinistryReceived:
    purpose = f"{MinistryReceived.type}:{application.case_file_number or ''}"
    return MinistryReceived(
        event_id=derived_id(delivery_id, purpose),
        application_id=application.application_id,
        ministry=application.ministry,
        case_file_number=application.case_file_number,
    )


def _decision(
    application: Application, response: MinistryResponse
) -> CorrectionAsked | MinistryDecided | None:
    action, note = response.decision.action, response.decision.note
    fingerprint = sha256(note.model_dump_json().encode()).hexdigest() if note else ""
    fact: dict[str, Any] = {
        "event_id": derived_id(response.delivery_id, f"{action}:{fingerprint}"),
        "application_id": application.application_id,
        "ministry": application.ministry,
        "note": note,
    }
    match action:
        case "received":
            return None
        case "correction_asked":
            return CorrectionAsked(**fact)
        case "approved" | "refused":
            number = application.case_file_number
            return MinistryDecided(outcome=action, case_file_number=number, **fact)
