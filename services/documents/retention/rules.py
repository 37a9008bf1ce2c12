"""Applications that need papers."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from libs.contracts.applications import (
    ApplicationAppealed,
    ApplicationCorrected,
    ApplicationDecided,
    ApplicationMoved,
    ApplicationSubmitted,
    ApplicationWithdrawn,
)
from services.documents.locker.rules import Use

ApplicationEvent: TypeAlias = (
    ApplicationSubmitted
    | ApplicationCorrected
    | ApplicationMoved
    | ApplicationDecided
    | ApplicationWithdrawn
    | ApplicationAppealed
)
_NEEDS: Final = (ApplicationSubmitted, ApplicationCorrected, ApplicationMoved, ApplicationAppealed)

KEPT_AFTER_CASE: Final = timedelta(days=180)
"""Time for which a paper is kept after its last application, for an appeal and the next one."""


def uses_of(events: Iterable[object]) -> list[Use]:
    """Return which papers applications need, and where."""
    return [
        Use(
            document_id,
            event.application_id,
            event.citizen_id,
            event.tracking_number,
            event.ministry,
        )
        for event in events
        if isinstance(event, _NEEDS)
        for document_id in event.document_ids
    ]


def ends_of(events: Iterable[object]) -> dict[UUID, datetime]:
    """Return when applications ended, by their ids; without those that go on by an appeal."""
    ends: dict[UUID, datetime] = {}
    for event in events:
        if isinstance(event, ApplicationDecided | ApplicationWithdrawn):
            ends[event.application_id] = event.occurred_at
        elif isinstance(event, ApplicationAppealed):
            ends.pop(event.application_id, None)
    return ends


def reopened_by(events: Iterable[object]) -> set[UUID]:
    """Return the applications that go on by an appeal, unless they have ended since."""
    events = list(events)
    appealed = {e.application_id for e in events if isinstance(e, ApplicationAppealed)}
    return appealed - ends_of(events).keys()
