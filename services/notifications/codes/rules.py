"""Messages with one-time codes."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from libs.contracts.identity import CodeRequested
from libs.contracts.language import Language
from libs.contracts.notifications import Channel
from libs.ids import derived_id
from libs.trace_context import TraceContext
from services.notifications.messages.rules import SMS


@dataclass(frozen=True, slots=True)
class CodeMessage:
    """One message with a one-time code; number and code are deleted when the provider has it."""

    message_id: UUID
    channel: Channel
    citizen_id: UUID
    phone: str = field(repr=False)
    language: Language
    code: str = field(repr=False)
    expires_at: datetime
    trace: TraceContext | None


def code_message_for(event: CodeRequested) -> CodeMessage:
    """Return the message that carries a one-time code."""
    return CodeMessage(
        message_id=derived_id(event.event_id, SMS),
        channel=SMS,
        citizen_id=event.citizen_id,
        phone=event.phone,
        language=event.language,
        code=event.code,
        expires_at=event.expires_at,
        trace=event.trace,
    )
