"""The message of an event."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

from libs.contracts.applications import (
    ApplicationAppealed,
    ApplicationCorrected,
    ApplicationDeadlineMoved,
    ApplicationDecided,
    ApplicationDelayed,
    ApplicationMoved,
    ApplicationOverdue,
    ApplicationPaperIssued,
    ApplicationPaperReplaced,
    ApplicationPaperWithdrawn,
    ApplicationReceived,
    ApplicationStepReached,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CorrectionRequested,
)
from libs.contracts.events import Event
from libs.contracts.language import Language, Text
from libs.contracts.notifications import Channel, MessageFailed, MessageState, MessageView
from libs.encryption import Unopened
from libs.ids import derived_id
from libs.trace_context import TraceContext
from services.notifications.messages.templates import Template

ApplicationEvent: TypeAlias = (
    ApplicationSubmitted
    | ApplicationReceived
    | ApplicationStepReached
    | ApplicationDelayed
    | CorrectionRequested
    | ApplicationCorrected
    | ApplicationDecided
    | ApplicationOverdue
    | ApplicationDeadlineMoved
    | ApplicationWithdrawn
    | ApplicationMoved
    | ApplicationPaperIssued
    | ApplicationPaperReplaced
    | ApplicationPaperWithdrawn
    | ApplicationAppealed
)

SMS: Final[Channel] = "sms"
CHANNELS: Final[Sequence[Channel]] = (SMS,)
"""The channels on which messages go out; each has a provider, and a queue of its own."""

State = Literal["queued", "sent", "delivered", "failed", "expired", "cancelled"]
"""`queued` until the provider has it; `expired` for a late code.

`cancelled` where a later message took the place of a confirmation.
"""

CONFIRMATION: Final[Template] = "submitted"

CONFIRMATION_WAIT_S: Final = 20.0
"""Seconds that a confirmation waits for the ministry's first answer; 0 sends it at once.

The citizen has the tracking number on the screen. A ministry whose system decides at once does so
within seconds, and then one message says all. An acknowledgement ends the wait.
"""

_EXPIRED: Final = frozenset({"provider_unavailable", "provider_response_unreadable", "expired"})
"""Reasons of failures after days of attempts, by us or, in a delivery report, by the network."""

_REPORTED_WITHIN: Final = timedelta(days=3)
"""Time within which networks try to deliver an SMS, and say whether they have."""

_Shown: TypeAlias = MessageState | Literal["expired", "unknown"]

_TITLES: Final[Mapping[_Shown, Text]] = MappingProxyType(
    {
        "queued": Text(bn="এসএমএস পাঠানোর অপেক্ষায় আছে", en="SMS waits to be sent"),
        "sent": Text(bn="এসএমএস পাঠানো হয়েছে", en="SMS sent"),
        "delivered": Text(bn="এসএমএস পৌঁছেছে", en="SMS delivered"),
        "failed": Text(bn="এসএমএস পৌঁছানো যায়নি", en="SMS could not be delivered"),
        "expired": Text(bn="সময়ের মধ্যে এসএমএস পৌঁছানো যায়নি", en="SMS could not be delivered in time"),
        "unknown": Text(
            bn="এসএমএস পাঠানো হয়েছে, পৌঁছেছে কি না জানা যায়নি",
            en="SMS sent; whether it arrived is not known",
        ),
        "cancelled": Text(
            bn="পরের এসএমএসে একই কথা আছে, তাই এটি পাঠানো হয়নি",
            en="SMS not sent, since the next one says the same",
        ),
    }
)


class Message(NamedTuple):
    """A message about an event, as it is stored: without address and text.

    Both are looked up when the message is claimed, so a change of number or language counts until
    then.
    """

    event: ApplicationEvent
    template: Template
    channel: Channel = SMS

    @property
    def wait_s(self) -> float:
        """Seconds until it is due."""
        return CONFIRMATION_WAIT_S if self.template == CONFIRMATION else 0.0


@dataclass(frozen=True, slots=True)
class ApplicationContact:
    """The number that consented to an application whose citizen has none.

    Args:
        application_id: whose news go there.
        citizen_id: whose application it is.
        phone: of the guardian, or the shared one.
        applicant: initials of the citizen.
        language: in which the consent was asked for.
    """

    application_id: UUID
    citizen_id: UUID
    phone: str = field(repr=False)
    applicant: str | None = field(repr=False)
    language: Language


class StoredMessage(NamedTuple):
    """A message about an application as it is stored now."""

    message_id: UUID
    channel: Channel
    template: Template
    state: MessageState
    reason: str | None
    created_at: datetime
    changed_at: datetime | None
    trace: TraceContext | None


@dataclass(frozen=True, slots=True)
class Contact:
    """Number and language of a citizen; no number once it was taken from the account."""

    citizen_id: UUID
    phone: str | None = field(repr=False)
    language: Language
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class DueMessage:
    """One message to send now, with the address on its channel (for SMS the number).

    A message with `expires_at` must not be sent from that time on, one with `unopened` never: its
    address or text cannot be decrypted.
    """

    message_id: UUID
    channel: Channel
    address: str = field(repr=False)
    text: str = field(repr=False)
    expires_at: datetime | None
    attempts: int
    created_at: datetime
    trace: TraceContext | None
    unopened: Unopened | None = None
    runs: int = 1

    @property
    def key(self) -> UUID:
        """The row's id."""
        return self.message_id

    @property
    def idempotency_key(self) -> str:
        """The provider's key of the message: a new one for each run after a final answer."""
        return str(self.message_id) if self.runs == 1 else f"{self.message_id}-{self.runs}"

    def is_expired(self, now: datetime) -> bool:
        """Return whether it is too late to send the message."""
        return self.expires_at is not None and self.expires_at <= now


PROVIDER_UNAVAILABLE: Final = "provider_unavailable"
RESPONSE_UNREADABLE: Final = "provider_response_unreadable"
DEFECT: Final = "defect"
NOT_ANSWERED: Final = [PROVIDER_UNAVAILABLE, RESPONSE_UNREADABLE, DEFECT]
"""Reasons of failures after which the provider may have the message; it keeps its key."""


def message_id_for(event: Event, channel: Channel = SMS) -> UUID:
    """Return the id of the message about an event; a repeated event gives the same."""
    return derived_id(event.event_id, channel)


def template_for(event: ApplicationEvent) -> Template | None:  # noqa: C901, PLR0912 -- a table
    """Return the template of an event, or None if no message is sent about it."""
    match event:
        case ApplicationSubmitted():
            return "submitted"
        case ApplicationDelayed():
            return "delayed" if event.cause == "ministry" else "delayed_by_platform"
        case CorrectionRequested():
            return "correction_requested"
        case ApplicationDecided():
            return _template_of_decision(event)
        case ApplicationAppealed():
            return _template_of_appeal(event)
        case ApplicationOverdue():
            return "overdue"
        case ApplicationDeadlineMoved():
            return "deadline_moved"
        case ApplicationWithdrawn():
            return "withdrawn"
        case ApplicationMoved():
            return "moved" if event.is_told else None
        case ApplicationPaperReplaced():
            return "paper_replaced"
        case ApplicationPaperWithdrawn():
            return "paper_withdrawn"
        case ApplicationPaperIssued():
            return None  # The decision's message says where the details are.
        case ApplicationCorrected():
            return _template_of_correction(event)
        case ApplicationReceived() | ApplicationStepReached():
            # There is nothing to do after an acknowledgement, unless it is the citizen's turn.
            if event.step and event.step.is_applicants_turn:
                return "your_turn"
            return "moved" if isinstance(event, ApplicationStepReached) and event.is_told else None


def _template_of_decision(event: ApplicationDecided) -> Template:
    if event.outcome == "refused" and event.appeal_until is not None:
        return "refused_until"
    if event.stage == "appeal" and event.outcome != "lapsed":
        return "appeal_upheld" if event.outcome == "refused" else "appeal_overturned"
    return event.outcome


def _template_of_appeal(event: ApplicationAppealed) -> Template:
    if event.is_at_office:
        return "appealed_at_office"
    return "appealed_at_centre" if event.is_assisted else "appealed"


def _template_of_correction(event: ApplicationCorrected) -> Template:
    if event.changes:
        return "applicant_changed"
    return "corrected_at_centre" if event.is_assisted else "corrected"


def messages_of(events: Sequence[ApplicationEvent]) -> list[Message]:
    """Return the messages about events, without confirmations that a later message replaces.

    Every message has the tracking number, and shows that the application is in.
    """
    messages = [Message(event, template) for event in events if (template := template_for(event))]
    replaced = replaced_by(messages)
    return [
        message
        for message in messages
        if message.template != CONFIRMATION or message.event.application_id not in replaced
    ]


def replaced_by(messages: Sequence[Message]) -> set[UUID]:
    """Return the applications whose confirmations these messages replace, if they still wait."""
    return {
        message.event.application_id for message in messages if message.template != CONFIRMATION
    }


def received_in(events: Sequence[ApplicationEvent]) -> set[UUID]:
    """Return the applications that their ministries have received, and decide later."""
    return {event.application_id for event in events if isinstance(event, ApplicationReceived)}


def title_of(message: StoredMessage, now: datetime) -> Text:
    """Return the state of a message, in words.

    A message expired where it was given up after days, by us or by the network. Whether one arrived
    is unknown where no report has come in the time in which networks try.
    """
    return _TITLES[_shown(message, now)]


def _shown(message: StoredMessage, now: datetime) -> _Shown:
    if message.state == "failed" and message.reason in _EXPIRED:
        return "expired"
    since = message.changed_at or message.created_at
    if message.state == "sent" and now - since > _REPORTED_WITHIN:
        return "unknown"
    return message.state


def view(message: StoredMessage, now: datetime) -> MessageView:
    """Return a message as the citizen sees it, without number and text."""
    return MessageView(
        message_id=message.message_id,
        channel=message.channel,
        template=message.template,
        state=message.state,
        title=title_of(message, now),
        at=message.created_at,
        changed_at=message.changed_at,
        reason=message.reason if message.state in {"failed", "cancelled"} else None,
        trace_id=message.trace.trace_id if message.trace else None,
    )


def open_channels(
    closed: Collection[str], channels: Collection[Channel] = CHANNELS
) -> list[Channel]:
    """Return all channels but the closed ones, whose providers must not be called now."""
    return [channel for channel in channels if channel not in closed]


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
