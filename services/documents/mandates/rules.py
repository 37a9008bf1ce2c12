"""What stops an uddokta who acts with a mandate."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, TypeAlias

from libs.contracts.applications import MandateUsed
from libs.contracts.identity import MandateEnded, ServiceCentreChanged, UddoktaChanged

ActingEvent: TypeAlias = MandateUsed | MandateEnded | ServiceCentreChanged | UddoktaChanged


class Stop(NamedTuple):
    """Whether a mandate, an uddokta or a centre is stopped.

    Args:
        subject_id: its id.
        problem: code of the refusal; None if it may act.
        changed_at: since when.
    """

    subject_id: str
    problem: str | None
    changed_at: datetime


def stops_of(events: Iterable[ActingEvent]) -> list[Stop]:
    """Return what events say of mandates, uddoktas and centres."""
    return [Stop(*_stop_of(event), event.occurred_at) for event in events]


def _stop_of(event: ActingEvent) -> tuple[str, str | None]:
    match event:
        case MandateUsed():
            return str(event.mandate_id), "mandate_used"
        case MandateEnded():
            return str(event.mandate_id), "mandate_ended"
        case UddoktaChanged():
            problem = None if event.state == "active" else "uddokta_stopped"
            return str(event.uddokta_id), problem
        case ServiceCentreChanged():
            problem = None if event.state == "running" else "service_centre_not_running"
            return event.service_centre_id, problem
