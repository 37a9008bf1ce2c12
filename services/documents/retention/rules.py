"""Applications that need papers."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from libs.contracts.applications import (
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
)

KEPT_AFTER_CASE: Final = timedelta(days=180)
"""Time for which a paper is kept after its last application, for an appeal and the next one."""


def uses_of(events: Iterable[object]) -> list[Use]:
    """Return which papers submitted, corrected and moved applications need, and where."""
    return [
        Use(
            document_id,
            event.application_id,
            event.citizen_id,
            event.tracking_number,
            event.ministry,
        )
        for event in events
        if isinstance(event, ApplicationSubmitted | ApplicationCorrected | ApplicationMoved)
        for document_id in event.document_ids
    ]


def ends_of(events: Iterable[object]) -> dict[UUID, datetime]:
    """Return when applications ended, by their ids."""
    return {
        event.application_id: event.occurred_at
        for event in events
        if isinstance(event, ApplicationDecided | ApplicationWithdrawn)
    }
