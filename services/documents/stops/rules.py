"""Stops of mandates, uddoktas and centres, and applications that uddoktas follow up."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

from libs.contracts.applications import (
    ApplicationAppealed,
    ApplicationDecided,
    ApplicationSubmitted,
    MandateUsed,
)
from libs.contracts.identity import MandateEnded, ServiceCentreChanged, UddoktaChanged
from libs.contracts.mandates import ENDED_BY_CITIZEN
from services.documents.locker.rules import Helper

ActingEvent: TypeAlias = MandateUsed | MandateEnded | ServiceCentreChanged | UddoktaChanged

_BEFORE_ANY_USE: Final = datetime.min.replace(tzinfo=UTC)
_AFTER_ANY_USE: Final = datetime.max.replace(tzinfo=UTC)


class Stop(NamedTuple):
    """Whether a mandate, an uddokta or a centre is stopped.

    Args:
        subject_id: its id.
        problem: code of the refusal; None if it may act.
        changed_at: since when; the newest state counts. An end by the citizen is dated after every
            use, because it is final, and any other end before every use, because it is for an
            unused mandate only.
    """

    subject_id: str
    problem: str | None
    changed_at: datetime


class FollowedUp(NamedTuple):
    """An application that an uddokta sent for its citizen."""

    application_id: UUID
    tracking_number: str
    citizen_id: UUID
    helper: Helper


def followed_up_in(events: Iterable[object]) -> list[FollowedUp]:
    """Return the applications that uddoktas sent."""
    return [
        FollowedUp(
            event.application_id,
            event.tracking_number,
            event.citizen_id,
            Helper(
                event.assistance.mandate_id,
                event.assistance.uddokta_id,
                event.assistance.service_centre_id,
                event.public_service_id,
            ),
        )
        for event in events
        if isinstance(event, ApplicationSubmitted) and event.assistance
    ]


def last_days_in(events: Iterable[object]) -> dict[UUID, date | None]:
    """Return until when refused applications may be appealed; None for those that were."""
    found: dict[UUID, date | None] = {}
    for event in events:
        if isinstance(event, ApplicationAppealed):
            found[event.application_id] = None
        elif isinstance(event, ApplicationDecided):
            found.pop(event.application_id, None)
            if event.appeal_until is not None:
                found[event.application_id] = event.appeal_until
    return found


def stops_of(events: Iterable[ActingEvent]) -> list[Stop]:
    """Return the stops of mandates, uddoktas and centres that events announce."""
    return [_stop_of(event) for event in events]


def _stop_of(event: ActingEvent) -> Stop:
    match event:
        case MandateUsed():
            return Stop(str(event.mandate_id), "mandate_used", event.occurred_at)
        case MandateEnded():
            by_citizen = event.reason in ENDED_BY_CITIZEN
            changed_at = _AFTER_ANY_USE if by_citizen else _BEFORE_ANY_USE
            return Stop(str(event.mandate_id), "mandate_ended", changed_at)
        case UddoktaChanged():
            problem = None if event.state == "active" else "uddokta_stopped"
            return Stop(str(event.uddokta_id), problem, event.occurred_at)
        case ServiceCentreChanged():
            problem = None if event.state == "running" else "service_centre_not_running"
            return Stop(event.service_centre_id, problem, event.occurred_at)
