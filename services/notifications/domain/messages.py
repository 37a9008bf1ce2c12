"""Which message follows from which event."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias
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
)
from libs.contracts.identity import CodeRequested
from libs.contracts.language import Language
from libs.ids import derived_id
from libs.trace_context import TraceContext
from services.notifications.domain.templates import Template

ApplicationEvent: TypeAlias = (
    ApplicationSubmitted
    | ApplicationReceived
    | ApplicationDelayed
    | CorrectionRequested
    | ApplicationCorrected
    | ApplicationDecided
    | ApplicationOverdue
    | ApplicationWithdrawn
)

PROVIDER: Final = "sms"
"""The party that takes messages over; there is one, and what holds it back holds back all."""

State = Literal["queued", "sent", "delivered", "failed", "expired", "cancelled"]
"""`queued` until the provider has it; `expired` is a code too late, `cancelled` an erasure."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message about an application, as it waits: neither number nor text is in it.

    Both are found when a worker takes it, so a changed number or language counts until then.
    """

    message_id: UUID
    citizen_id: UUID
    application_id: UUID
    template: Template
    tracking_number: str
    public_service_id: str
    trace: TraceContext | None


@dataclass(frozen=True, slots=True)
class CodeMessage:
    """One message with a one-time code; number and code go when the provider has it."""

    message_id: UUID
    citizen_id: UUID
    phone: str = field(repr=False)
    language: Language
    code: str = field(repr=False)
    expires_at: datetime
    trace: TraceContext | None


@dataclass(frozen=True, slots=True)
class DueMessage:
    """One message to hand to the provider now; worthless after `expires_at` where there is one."""

    message_id: UUID
    phone: str = field(repr=False)
    text: str = field(repr=False)
    expires_at: datetime | None
    attempts: int
    created_at: datetime
    trace: TraceContext | None

    @property
    def key(self) -> UUID:
        """The id under which the message is worked on."""
        return self.message_id

    def is_worthless(self, now: datetime) -> bool:
        """Whether it is too late to send it."""
        return self.expires_at is not None and self.expires_at <= now


def messages_for(event: ApplicationEvent) -> list[Message]:
    """Return what the citizen is told because of an event: one message, or none.

    The id comes from the event's, so an event that arrives again makes the same message.
    """
    template = _template_for(event)
    if template is None:
        return []
    return [
        Message(
            message_id=derived_id(event.event_id, "sms"),
            citizen_id=event.citizen_id,
            application_id=event.application_id,
            template=template,
            tracking_number=event.tracking_number,
            public_service_id=event.public_service_id,
            trace=event.trace,
        )
    ]


def code_message_for(event: CodeRequested) -> CodeMessage:
    """Return the message that carries a one-time code."""
    return CodeMessage(
        message_id=derived_id(event.event_id, "sms"),
        citizen_id=event.citizen_id,
        phone=event.phone,
        language=event.language,
        code=event.code,
        expires_at=event.expires_at,
        trace=event.trace,
    )


def _template_for(event: ApplicationEvent) -> Template | None:
    match event:
        case ApplicationSubmitted():
            return "submitted"
        case ApplicationDelayed():
            return "delayed" if event.cause == "ministry" else "held_up"
        case CorrectionRequested():
            return "correction_requested"
        case ApplicationDecided():
            return event.outcome
        case ApplicationOverdue():
            return "overdue"
        case ApplicationWithdrawn():
            return "withdrawn"
        # The first tells a citizen nothing to act on, the second what the citizen just did.
        case ApplicationReceived() | ApplicationCorrected():
            return None
