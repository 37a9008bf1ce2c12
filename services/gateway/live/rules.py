"""The events of a live view."""

from collections.abc import Sequence

from libs.contracts.applications import (
    ApplicationDecided,
    ApplicationView,
    CorrectionRequested,
    TimelineEntry,
)
from libs.contracts.events import Event
from libs.contracts.gateway import LiveEvent


def live_event(event: Event) -> LiveEvent:
    """Make the event of a live view, without the ids of persons."""
    return LiveEvent(
        event_id=event.event_id,
        type=event.type,
        at=event.occurred_at,
        application_id=getattr(event, "application_id"),  # noqa: B009  # every watched event's key
        note=event.note if isinstance(event, CorrectionRequested | ApplicationDecided) else None,
        outcome=event.outcome if isinstance(event, ApplicationDecided) else None,
        trace_id=event.trace.trace_id if event.trace else None,
    )


def missed(view: ApplicationView, last_event_id: str | None) -> list[LiveEvent]:
    """Return the events since the last one that a reconnecting view received.

    Without `last_event_id` there are none; an id that is not in the timeline gives all events. An
    event about a failed SMS is sent live before its entry is in the timeline, and entries written
    in between come before it. So entries with a later time are included: an event may be sent
    twice, but is never missed.
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
    """Write one server-sent event; `content` is JSON in one line."""
    identified = f"id: {event_id}\n" if event_id else ""
    return f"{identified}event: {event}\ndata: ".encode() + content + b"\n\n"
