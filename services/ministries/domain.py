"""The rules of handing over: what a ministry is to be sent, and what its answer means."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Literal, TypeAlias
from uuid import UUID

import orjson

from libs.bangladesh.text import has_forbidden, normalise
from libs.contracts.applications import (
    SubmissionCorrected,
    SubmissionLodged,
    SubmissionWithdrawn,
)
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.ministries import (
    CorrectionAsked,
    MinistryDecided,
    MinistryDecision,
    MinistryReceived,
    MinistryUnreachable,
)
from libs.errors import FieldError, Refused, Unreadable
from libs.ids import derived_id
from libs.trace_context import TraceContext

Kind = Literal["lodged", "corrected", "withdrawn"]
LONGEST_NOTE = 4_000
"""Characters of an officer's note; a page of text."""

Submission: TypeAlias = SubmissionLodged | SubmissionCorrected | SubmissionWithdrawn


@dataclass(frozen=True, slots=True)
class Delivery:
    """One submission on its way to its ministry (প্রেরণ).

    `form` is the snapshot as JSON text, forgotten once the ministry has it. `attempts` counts the
    tries so far; `created_at` is since when it waits, anew when it is put back by hand.
    """

    delivery_id: UUID
    application_id: UUID
    ministry: str
    tracking_number: str
    public_service_id: str
    kind: Kind
    form: str | None = field(repr=False)
    trace: TraceContext | None
    created_at: datetime
    attempts: int = 0

    @property
    def key(self) -> UUID:
        """The row's id."""
        return self.delivery_id

    @property
    def idempotency_key(self) -> str:
        """What the ministry can tell a repeated try by: the same on every try."""
        return str(self.delivery_id)


@dataclass(frozen=True, slots=True)
class Case:
    """What a ministry has told of one application so far.

    `receipt_of` is the delivery whose receipt was told last; `case_file_number` is the first number
    the ministry gave; `told` has the ids of the events that everybody knows.
    """

    application_id: UUID
    ministry: str
    case_file_number: str | None = None
    receipt_of: UUID | None = None
    told: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a ministry said about one delivery: in its answer to us, or later by callback."""

    delivery_id: UUID
    kind: Kind
    decision: MinistryDecision
    trace: TraceContext | None


def plan_delivery(submission: Submission) -> Delivery:
    """Return what is to be handed over because of a submission; a repeat gives the same id."""
    return Delivery(
        delivery_id=derived_id(submission.event_id, "delivery"),
        application_id=submission.application_id,
        ministry=submission.ministry,
        tracking_number=submission.tracking_number,
        public_service_id=submission.public_service_id,
        kind=_kind(submission),
        form=_form(submission),
        trace=submission.trace,
        created_at=submission.occurred_at,
    )


def hear(case: Case, answer: Answer) -> tuple[Case, list[Event]]:
    """Take note of a ministry's answer: that it has the application, then what it decided.

    Whatever a ministry says shows that it has the application; so the receipt is told first even
    if the word about it is still on its way. Ids come from the delivery and the content: the same
    word by another way, or once more, is the same event, and is told no second time.
    """
    said: list[Event] = []
    known = replace(
        case,
        case_file_number=case.case_file_number or answer.decision.case_file_number,
        receipt_of=case.receipt_of if answer.kind == "withdrawn" else answer.delivery_id,
    )
    if known != case:
        said.append(_receipt(known, answer.delivery_id))
    decision = _decision(known, answer)
    if decision is not None:
        said.append(decision)
    news = [event.in_trace(answer.trace) for event in said if event.event_id not in case.told]
    if news:
        known = replace(known, told=case.told | {event.event_id for event in news})
    return (known if known != case else case), news


def hear_all(
    cases: Mapping[UUID, Case], answers: Sequence[Answer]
) -> tuple[list[Case], list[Event]]:
    """Hear many answers in order; return the cases that changed, and what is to be told."""
    current = dict(cases)
    told: list[Event] = []
    for answer in answers:
        case, events = hear(current[answer.decision.application_id], answer)
        current[case.application_id] = case
        told += events
    return [case for case in current.values() if case is not cases[case.application_id]], told


def unreachable(delivery: Delivery) -> list[MinistryUnreachable]:
    """Return what is told when a ministry cannot be handed a submission; a withdrawal waits mute.

    The citizen who withdrew has the answer already and expects nothing more.
    """
    if delivery.kind == "withdrawn":
        return []
    event = MinistryUnreachable(
        event_id=derived_id(delivery.delivery_id, MinistryUnreachable.type),
        application_id=delivery.application_id,
        ministry=delivery.ministry,
    )
    return [event.in_trace(delivery.trace)]


def held_up(application_id: UUID, ministry: str, cause_id: int) -> MinistryUnreachable:
    """Return what is told when we could not read or plan a submission: a field_error of our own."""
    return MinistryUnreachable(
        event_id=derived_id(application_id, f"held up by {cause_id}"),
        application_id=application_id,
        ministry=ministry,
        cause="platform",
    )


def clean(decision: MinistryDecision) -> MinistryDecision:
    """Bring what a ministry's system wrote to the form in which we keep text.

    Raises:
        Unreadable: a text has control characters, or a note is longer than a page.
    """
    note = decision.note
    if note is not None:
        note = Text(bn=_clean_note("/note/bn", note.bn), en=_clean_note("/note/en", note.en))
    if has_forbidden(decision.case_file_number or ""):
        raise Unreadable("control_character", "in /case_file_number")
    return decision.model_copy(update={"note": note})


def secret_of(master: str, ministry: str) -> str:
    """Return the secret that one ministry signs with; nobody can tell another's from it."""
    key = hmac.digest(master.encode(), ministry.encode(), "sha256")
    return "whsec_" + base64.b64encode(key).decode()


def content_fingerprint(decision: MinistryDecision) -> bytes:
    """Return what two calls that say the same have in common."""
    return sha256(decision.model_dump_json().encode()).digest()


def check_repeat(known: bytes, decision: MinistryDecision) -> None:
    """Let a repeated call pass.

    Args:
        known: fingerprint of the content that came under the same webhook-id before.
        decision: the content that comes now.

    Raises:
        Refused: the same webhook-id was used for something else, which would be lost otherwise.
    """
    if known != content_fingerprint(decision):
        raise Refused("webhook_id_reused", "one webhook-id with two contents")


def _clean_note(pointer: str, note: str) -> str:
    if len(note) > LONGEST_NOTE:
        field_error = FieldError(
            pointer,
            "too_long",
            "নোট সর্বোচ্চ ৪০০০ অক্ষরের হতে পারে। ছোট করে আবার পাঠান।",
            "A note may have at most 4,000 characters. Shorten it and send it again.",
        )
        raise Unreadable("wrong_shape", f"{pointer} is too long", field_errors=(field_error,))
    cleaned = normalise(note)
    if has_forbidden(cleaned):
        raise Unreadable("control_character", f"in {pointer}")
    return cleaned


def _kind(submission: Submission) -> Kind:
    match submission:
        case SubmissionLodged():
            return "lodged"
        case SubmissionCorrected():
            return "corrected"
        case SubmissionWithdrawn():
            return "withdrawn"


def _form(submission: Submission) -> str | None:
    if isinstance(submission, SubmissionWithdrawn):
        return None
    return orjson.dumps(submission.form).decode()


def _receipt(case: Case, delivery_id: UUID) -> MinistryReceived:
    purpose = f"{MinistryReceived.type}:{case.case_file_number or ''}"
    return MinistryReceived(
        event_id=derived_id(delivery_id, purpose),
        application_id=case.application_id,
        ministry=case.ministry,
        case_file_number=case.case_file_number,
    )


def _decision(case: Case, answer: Answer) -> CorrectionAsked | MinistryDecided | None:
    action, note = answer.decision.action, answer.decision.note
    purpose = f"{action}:{_note_fingerprint(note)}"
    event_id = derived_id(answer.delivery_id, purpose)
    match action:
        case "received":
            return None
        case "correction_asked":
            return CorrectionAsked(
                event_id=event_id,
                application_id=case.application_id,
                ministry=case.ministry,
                note=note or Text(bn="", en=""),
            )
        case "approved" | "refused":
            return MinistryDecided(
                event_id=event_id,
                application_id=case.application_id,
                ministry=case.ministry,
                outcome=action,
                note=note,
            )


def _note_fingerprint(note: Text | None) -> str:
    return sha256(note.model_dump_json().encode()).hexdigest() if note else ""
