"""What becomes of a message: from waiting to the handset, or to a final failure.

The first final state stands. A report may come late, twice, crossed with another, or before our
own note that the provider took the message; none of them moves a message back.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

from libs.contracts.notifications import MessageDelivered, MessageFailed, MessageSent
from libs.ids import derived_id
from libs.trace_context import TraceContext
from services.notifications.domain.messages import State
from services.notifications.domain.templates import Template

Step = Literal["sent", "delivered", "failed", "expired"]
"""What happened: the provider took it, the handset has it, it failed for good, it is too late."""

Told: TypeAlias = MessageSent | MessageDelivered | MessageFailed

AFTER: Final[Mapping[State, Mapping[Step, State]]] = {
    "queued": {
        "sent": "sent",
        "delivered": "delivered",
        "failed": "failed",
        "expired": "expired",
    },
    "sent": {"sent": "sent", "delivered": "delivered", "failed": "failed", "expired": "sent"},
    "delivered": dict.fromkeys(("sent", "delivered", "failed", "expired"), "delivered"),
    "failed": dict.fromkeys(("sent", "delivered", "failed", "expired"), "failed"),
    "expired": dict.fromkeys(("sent", "delivered", "failed", "expired"), "expired"),
    "cancelled": dict.fromkeys(("sent", "delivered", "failed", "expired"), "cancelled"),
}
"""The state after a step, for every pair."""

_EVENT_OF: Final[Mapping[Step, type[Told]]] = {
    "sent": MessageSent,
    "delivered": MessageDelivered,
    "failed": MessageFailed,
}
_SAFE_REASON: Final = re.compile(r"[a-z][a-z_]{0,39}")


class Progress(NamedTuple):
    """How far a message has come; `application_id` is None for a one-time code."""

    message_id: UUID
    application_id: UUID | None
    template: Template
    state: State
    trace: TraceContext | None
    reason: str | None = None


def taken_over(progress: Progress) -> tuple[Progress, list[Told]]:
    """The provider took the message; a report that was quicker has told so already."""
    moved = _step(progress, "sent", None)
    return moved, [] if moved is progress else _told(moved, "sent")


def closed(
    progress: Progress, step: Literal["failed", "expired"], reason: str
) -> tuple[Progress, list[Told]]:
    """Nobody will try any more; what the provider has reported meanwhile stands."""
    moved = _step(progress, step, reason) if progress.state == "queued" else progress
    return moved, [] if moved is progress else _told(moved, step)


def reported(
    progress: Progress, step: Literal["delivered", "failed"], reason: str | None
) -> tuple[Progress, list[Told]]:
    """The provider says what became of the message.

    A provider that reports a message has taken it over, so a report that comes before our own
    note of that tells both, in this order; the note then finds nothing left to tell.
    """
    moved = _step(progress, step, safe_reason(reason) if step == "failed" else None)
    if moved is progress:
        return progress, []
    implied = _told(moved, "sent") if progress.state == "queued" else []
    return moved, [*implied, *_told(moved, step)]


def not_taken_in(application_id: UUID, cause_id: int, trace: TraceContext | None) -> MessageFailed:
    """Return what is told when we could not take an event in: its SMS waits for us."""
    message_id = derived_id(application_id, f"held up by {cause_id}")
    event = MessageFailed(
        event_id=derived_id(message_id, "failed"),
        application_id=application_id,
        message_id=message_id,
        channel="sms",
        template="unknown",
        reason="not_taken_in",
    )
    return event.in_trace(trace)


def safe_reason(text: str | None) -> str:
    """Return a provider's reason if it is a plain code; free text may hold a number or a name."""
    return text if text and _SAFE_REASON.fullmatch(text) else "not_delivered"


def _step(progress: Progress, step: Step, reason: str | None) -> Progress:
    state = AFTER[progress.state][step]
    return progress if state == progress.state else progress._replace(state=state, reason=reason)


def _told(progress: Progress, step: Step) -> list[Told]:
    """The event of a step, its id derived from the message's: told again, it is the same one."""
    application_id = progress.application_id
    if application_id is None or step == "expired":
        return []
    event_class = _EVENT_OF[step]
    fields: dict[str, Any] = {"reason": progress.reason} if step == "failed" else {}
    event = event_class(
        event_id=derived_id(progress.message_id, step),
        application_id=application_id,
        message_id=progress.message_id,
        channel="sms",
        template=progress.template,
        **fields,
    )
    return [event.in_trace(progress.trace)]
