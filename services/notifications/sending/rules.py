"""The states of a message: from the queue to the handset, or to a final failure.

The first final state stands. A delivery report may come late, twice, crossed with another, or
before our own record that the provider took the message; none of them moves a message back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

from libs.contracts.notifications import (
    Channel,
    DeliveryReport,
    MessageDelivered,
    MessageFailed,
    MessageSent,
)
from libs.errors import Refused, Unavailable, Unreadable
from libs.ids import derived_id
from libs.trace_context import TraceContext
from services.notifications.messages.rules import State
from services.notifications.messages.templates import Template

Step = Literal["sent", "delivered", "failed", "expired"]
"""The provider has it, the handset has it, it failed for good, or its code expired."""

Outcome = Literal["sent", "expired"]
"""The result of a job without a failure; an expired code was not sent."""

MessageEvent: TypeAlias = MessageSent | MessageDelivered | MessageFailed

_EVENT_OF: Final[Mapping[Step, type[MessageEvent]]] = {
    "sent": MessageSent,
    "delivered": MessageDelivered,
    "failed": MessageFailed,
}
_SAFE_REASON: Final = re.compile(r"[a-z][a-z_]{0,39}")


@dataclass(frozen=True, slots=True)
class ReceivedReport:
    """One delivery report, the channel whose provider sent it, and the trace of its request."""

    channel: Channel
    report: DeliveryReport
    trace: TraceContext | None


class Progress(NamedTuple):
    """The state of a message; `application_id` is None for a one-time code."""

    message_id: UUID
    channel: Channel
    application_id: UUID | None
    template: Template
    state: State
    trace: TraceContext | None
    reason: str | None = None


def leave_queue(
    progress: Progress, step: Literal["sent", "failed", "expired"], reason: str | None = None
) -> tuple[Progress, list[MessageEvent]]:
    """Record the end of our attempts; an earlier delivery report stands."""
    if progress.state != "queued":
        return progress, []
    moved = progress._replace(state=step, reason=reason)
    return moved, _events(moved, step)


def apply_report(
    progress: Progress, step: Literal["delivered", "failed"], reason: str | None
) -> tuple[Progress, list[MessageEvent]]:
    """Apply the provider's delivery report.

    A provider that reports a message has accepted it. So a report that comes before our own record
    of that announces both, in this order; the record then changes nothing.
    """
    if progress.state not in {"queued", "sent"}:
        return progress, []
    moved = progress._replace(state=step, reason=safe_reason(reason) if step == "failed" else None)
    implied = _events(moved, "sent") if progress.state == "queued" else []
    return moved, [*implied, *_events(moved, step)]


def safe_reason(text: str | None) -> str:
    """Return a provider's reason if it is a plain code; free text may hold a number or a name."""
    return text if text and _SAFE_REASON.fullmatch(text) else "not_delivered"


def reason_of(failure: Exception | None) -> str:
    """Return the code of a failure, which may be stored and published, without its message."""
    match failure:
        case Refused():
            return failure.code
        case Unavailable():
            return "provider_unavailable"
        case Unreadable():
            return "provider_response_unreadable"
        case _:
            return "defect"


def trace_of_report(
    incoming: TraceContext | None, stored: TraceContext | None
) -> TraceContext | None:
    """Return the request's context where it belongs to the message's trace, else the message's."""
    if incoming is not None and (stored is None or incoming.trace_id == stored.trace_id):
        return incoming
    return stored


def _events(progress: Progress, step: Step) -> list[MessageEvent]:
    """Return the event of a step; its id follows from the message's, so a repeat is the same."""
    application_id = progress.application_id
    if application_id is None or step == "expired":
        return []
    event_class = _EVENT_OF[step]
    fields: dict[str, Any] = {"reason": progress.reason} if step == "failed" else {}
    event = event_class(
        event_id=derived_id(progress.message_id, step),
        application_id=application_id,
        message_id=progress.message_id,
        channel=progress.channel,
        template=progress.template,
        **fields,
    )
    return [event.in_trace(progress.trace)]
