"""The message of an event."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias, get_args
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
from libs.contracts.events import Event
from libs.contracts.notifications import Channel, MessageFailed
from libs.ids import derived_id
from libs.trace_context import TraceContext
from services.notifications.messages.templates import Template

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

SMS: Final[Channel] = "sms"
"""The channel of every message; there is one so far."""

State = Literal["queued", "sent", "delivered", "failed", "expired", "cancelled"]
"""`queued` until the provider has it; `expired` for a late code, `cancelled` after an erasure."""


class Message(NamedTuple):
    """A message about an event, as it is stored: without address and text.

    Both are looked up when the message is claimed, so a change of number or language counts until
    then.
    """

    event: ApplicationEvent
    template: Template


@dataclass(frozen=True, slots=True)
class DueMessage:
    """One message to send now, with the address on its channel (for SMS the number).

    A message with `expires_at` must not be sent from that time on.
    """

    message_id: UUID
    channel: Channel
    address: str = field(repr=False)
    text: str = field(repr=False)
    expires_at: datetime | None
    attempts: int
    created_at: datetime
    trace: TraceContext | None

    @property
    def key(self) -> UUID:
        """The row's id."""
        return self.message_id

    def is_expired(self, now: datetime) -> bool:
        """Return whether it is too late to send the message."""
        return self.expires_at is not None and self.expires_at <= now


def message_id_for(event: Event) -> UUID:
    """Return the id of the message about an event; a repeated event gives the same."""
    return derived_id(event.event_id, SMS)


def template_for(event: ApplicationEvent) -> Template | None:
    """Return the template of an event, or None if no message is sent about it."""
    match event:
        case ApplicationSubmitted():
            return "submitted"
        case ApplicationDelayed():
            return "delayed" if event.cause == "ministry" else "delayed_by_platform"
        case CorrectionRequested():
            return "correction_requested"
        case ApplicationDecided():
            return event.outcome
        case ApplicationOverdue():
            return "overdue"
        case ApplicationWithdrawn():
            return "withdrawn"
        # The citizen has nothing to do after a receipt, and has made the correction.
        case ApplicationReceived() | ApplicationCorrected():
            return None


def open_channels(closed: Collection[str]) -> list[Channel]:
    """Return all channels but the closed ones, whose providers must not be called now."""
    return [channel for channel in get_args(Channel) if channel not in closed]


def message_blocked(
    application_id: UUID, dead_letter_id: int, trace: TraceContext | None
) -> MessageFailed:
    """Return the event about a message that waits for an application event in a dead letter."""
    message_id = derived_id(application_id, f"blocked by {dead_letter_id}")
    event = MessageFailed(
        event_id=derived_id(message_id, "failed"),
        application_id=application_id,
        message_id=message_id,
        channel=SMS,
        template="unknown",
        reason="not_processed",
    )
    return event.in_trace(trace)
