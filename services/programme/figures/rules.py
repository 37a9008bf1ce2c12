"""Says to which counts an event about an application adds one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

from libs.bangladesh.calendar import dhaka_date
from libs.contracts import topics
from libs.contracts.applications import (
    ApplicationCorrected,
    ApplicationDecided,
    ApplicationDelayed,
    ApplicationMoved,
    ApplicationOverdue,
    ApplicationReceived,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    CorrectionRequested,
    FeedbackGiven,
)

ApplicationEvent: TypeAlias = (
    ApplicationSubmitted
    | ApplicationReceived
    | ApplicationDelayed
    | CorrectionRequested
    | ApplicationCorrected
    | ApplicationDecided
    | ApplicationOverdue
    | ApplicationWithdrawn
    | ApplicationMoved
    | FeedbackGiven
)

KEPT: Final = timedelta(milliseconds=topics.APPLICATIONS.retention_ms)
DAYS: Final = "days_"
"""Begins the metric that counts decisions by the days since the application was submitted."""

_EXACT_DAYS: Final = 60
_CLASSES: Final = (75, 90, 120, 150, 180, 270, 365)
_LONGEST_DAYS: Final = 366


_METRICS: Final[Mapping[type, tuple[str, ...]]] = {
    CorrectionRequested: ("correction_requested",),
    ApplicationOverdue: ("overdue",),
    ApplicationWithdrawn: ("withdrawn",),
    ApplicationMoved: ("moved",),
}


class Key(NamedTuple):
    """The public service, day and kind of a count.

    Args:
        day: in Dhaka, on which it happened.
        public_service_id: the public service.
        ministry: that had the application then.
        metric: what is counted, such as `submitted`.
    """

    day: date
    public_service_id: str
    ministry: str
    metric: str


def counts_of(events: Iterable[ApplicationEvent]) -> Counter[Key]:
    """Return how often each thing happened."""
    return Counter(
        Key(dhaka_date(event.occurred_at), event.public_service_id, event.ministry, metric)
        for event in events
        for metric in _metrics_of(event)
    )


def decided_days(events: Iterable[ApplicationEvent]) -> set[tuple[str, date]]:
    """Return on which days an application was decided, with its public service."""
    return {
        (event.public_service_id, dhaka_date(event.occurred_at))
        for event in events
        if isinstance(event, ApplicationDecided) and event.stage == "first"
    }


def cut_on(rewound_at: datetime | None) -> date:
    """Return the last day of which topics may have lost events before they were read again.

    Args:
        rewound_at: when the database began to read again; None if it never did.
    """
    return date.min if rewound_at is None else dhaka_date(rewound_at - KEPT)


def class_of(days: int) -> int:
    """Return the days by which a decision is counted: exact up to 60, the end of a class then."""
    if days <= _EXACT_DAYS:
        return max(days, 0)
    return next((end for end in _CLASSES if days <= end), _LONGEST_DAYS)


def _metrics_of(event: ApplicationEvent) -> Iterator[str]:
    match event:
        case ApplicationSubmitted():
            yield "submitted"
            if event.assistance is not None:
                yield "assisted"
        case FeedbackGiven():
            yield f"rated_{event.rating}"
        case ApplicationDecided(stage="first"):
            yield from _metrics_of_decision(event)
        case ApplicationDecided():
            return  # It was counted with its first decision.
        case _:
            yield from _METRICS.get(type(event), ())


def _metrics_of_decision(event: ApplicationDecided) -> Iterator[str]:
    """Yield what a decision counts for; older events lack the day of submission."""
    yield event.outcome
    day = dhaka_date(event.occurred_at)
    if event.submitted_at is not None:
        yield f"{DAYS}{class_of((day - dhaka_date(event.submitted_at)).days)}"
        if event.due_on is not None:
            yield "in_time" if day <= event.due_on else "late"
