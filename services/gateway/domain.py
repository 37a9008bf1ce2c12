"""The gateway's few rules: how much one may ask, and what a live view is sent."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from libs.contracts.applications import (
    ApplicationDecided,
    ApplicationView,
    CorrectionRequested,
    TimelineEntry,
)
from libs.contracts.events import Event
from libs.contracts.gateway import LiveEvent
from libs.contracts.language import Text


@dataclass(frozen=True, slots=True)
class Limit:
    """How much is allowed: `burst` at once, `rate` a second in the long run."""

    rate: float
    burst: float


class Bucket(NamedTuple):
    """What is left of a limit, as of a time on a clock that only goes forward."""

    tokens: float
    at_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What an owner answered."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    @property
    def etag(self) -> str:
        """The owner's own tag of this content, or one made from it."""
        for name, value in self.headers:
            if name.lower() == "etag":
                return value
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


def take(bucket: Bucket | None, limit: Limit, now_s: float) -> tuple[Bucket, float]:
    """Take one from a bucket; return it and the seconds to wait, 0 where one was left."""
    bucket = bucket or Bucket(limit.burst, now_s)
    tokens = min(limit.burst, bucket.tokens + (now_s - bucket.at_s) * limit.rate)
    if tokens < 1:
        return Bucket(tokens, now_s), (1 - tokens) / limit.rate
    return Bucket(tokens - 1, now_s), 0.0


def caller_address(peer: str, forwarded_for: str, proxies_before: int) -> str:
    """The caller's address: what the outermost trusted proxy saw, whatever the caller claims."""
    chain = [part.strip() for part in forwarded_for.split(",") if part.strip()] + [peer]
    return chain[max(0, len(chain) - 1 - proxies_before)]


def live_event(event: Event) -> LiveEvent:
    """What a live view is sent of an event: what happened, without the ids of persons."""
    note: Text | None = None
    outcome = None
    match event:
        case ApplicationDecided():
            note, outcome = event.note, event.outcome
        case CorrectionRequested():
            note = event.note
        case _:
            pass
    return LiveEvent(
        event_id=event.event_id,
        type=event.type,
        at=event.occurred_at,
        application_id=getattr(event, "application_id"),  # noqa: B009  # every watched event's key
        note=note,
        outcome=outcome,
        trace_id=event.trace.trace_id if event.trace else None,
    )


def missed(view: ApplicationView, last_event_id: str | None) -> list[LiveEvent]:
    """What happened since the event that a reconnecting view saw last.

    Nothing where it says no event, everything where it names one that is not in the timeline.
    News of an SMS is seen live before its line is written, and lines that are written meanwhile
    stand before it: whatever happened later than the last event is told too, rather twice than
    not at all.
    """
    if last_event_id is None:
        return []
    places = [
        place
        for place, entry in enumerate(view.timeline)
        if str(entry.event_id) == last_event_id.strip().lower()
    ]
    since: Sequence[TimelineEntry] = view.timeline
    if places:
        last = view.timeline[places[0]]
        since = [
            entry
            for place, entry in enumerate(view.timeline)
            if place > places[0] or entry.at > last.at
        ]
    return [
        LiveEvent(
            event_id=entry.event_id,
            type=entry.type,
            at=entry.at,
            application_id=view.application_id,
            title=entry.title,
            note=entry.note,
            trace_id=entry.trace_id,
        )
        for entry in since
    ]


def frame(event: str, content: bytes, event_id: str | None = None) -> bytes:
    """One server-sent event; `content` is JSON in one line."""
    identified = f"id: {event_id}\n" if event_id else ""
    return f"{identified}event: {event}\ndata: ".encode() + content + b"\n\n"
