"""The states of a message: from the queue to the handset, or to a final failure.

The first final state stands. A delivery report may come late, twice, crossed with another, or
before our own record that the provider took the message; none of them moves a message back.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple
from uuid import UUID

from libs.contracts.notifications import Channel, DeliveryReport, MessageFailed
from libs.errors import Refused, Unavailable, Unreadable
from libs.ids import derived_id
from libs.trace_context import TraceContext
from services.notifications.messages.rules import (
    DEFECT,
    PROVIDER_UNAVAILABLE,
    RESPONSE_UNREADABLE,
    State,
)
from services.notifications.messages.templates import Template

Outcome = Literal["sent", "expired"]
"""The result of a job without a failure; an expired code was not sent."""

_SAFE_REASON: Final = re.compile(r"[a-z][a-z_]{0,39}")
_YEARS: Final = range(2000, 2100)
"""Years of reports; the clock of a provider that shows another one says nothing."""


@dataclass(frozen=True, slots=True)
class ReceivedReport:
    """One delivery report, the channel whose provider sent it, and the trace of its request."""

    channel: Channel
    report: DeliveryReport
    trace: TraceContext | None


class Progress(NamedTuple):
    """The state of a message; `application_id` is None for a one-time code and a notice.

    `reported_at` is the time in a report that was just applied.
    """

    message_id: UUID
    channel: Channel
    application_id: UUID | None
    template: Template
    state: State
    trace: TraceContext | None
    reason: str | None = None
    is_notice: bool = False
    reported_at: datetime | None = None

    @property
    def is_code(self) -> bool:
        """Whether it has a one-time code."""
        return self.application_id is None and not self.is_notice


class Ending(NamedTuple):
    """The outcome of our attempts to send a message; an earlier delivery report stands."""

    state: Literal["sent", "failed", "expired"]
    reason: str | None = None


def apply_report(progress: Progress, report: DeliveryReport) -> Progress:
    """Apply the provider's delivery report, also one that comes before our own record."""
    if progress.state not in {"queued", "sent"}:
        return progress
    reported_at = report.reported_at if report.reported_at.year in _YEARS else None
    reason = safe_reason(report.reason) if report.status == "failed" else None
    return progress._replace(state=report.status, reason=reason, reported_at=reported_at)


def safe_reason(text: str | None) -> str:
    """Return a provider's reason if it is a plain code; free text may hold a number or a name."""
    return text if text and _SAFE_REASON.fullmatch(text) else "not_delivered"


def reason_of(failure: Exception | None) -> str:
    """Return the code of a failure, which may be stored and published, without its message."""
    match failure:
        case Refused():
            return failure.code
        case Unavailable():
            return PROVIDER_UNAVAILABLE
        case Unreadable():
            return RESPONSE_UNREADABLE
        case _:
            return DEFECT


def trace_of_report(
    incoming: TraceContext | None, stored: TraceContext | None
) -> TraceContext | None:
    """Return the request's context where it belongs to the message's trace, else the message's."""
    if incoming is not None and (stored is None or incoming.trace_id == stored.trace_id):
        return incoming
    return stored


def failure_of(progress: Progress) -> MessageFailed | None:
    """Return the event about a message that failed for good; None for other states and lanes.

    Its id follows from the message's, so a repeat is the same event.
    """
    if progress.state != "failed" or progress.application_id is None:
        return None
    event = MessageFailed(
        event_id=derived_id(progress.message_id, "failed"),
        application_id=progress.application_id,
        message_id=progress.message_id,
        channel=progress.channel,
        template=progress.template,
        reason=progress.reason or "defect",
    )
    return event.in_trace(progress.trace)
