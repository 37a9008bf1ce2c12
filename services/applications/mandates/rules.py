"""The use of a mandate by an assisted submission, its follow-up, and who may not use one."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from libs.contracts.identity import ServiceCentreChanged, UddoktaChanged
from libs.contracts.mandates import MandateEvidence


class FollowedUp(NamedTuple):
    """An application that an uddokta may follow up, with the citizen's consent to it."""

    application_id: UUID
    tracking_number: str
    citizen_id: UUID
    evidence: MandateEvidence


class MandateUse(NamedTuple):
    """An application that is to be sent with a mandate."""

    application_id: UUID
    evidence: MandateEvidence

    @property
    def subject_ids(self) -> tuple[str, str]:
        """The uddokta and the centre: neither may be stopped."""
        return str(self.evidence.uddokta_id), self.evidence.service_centre_id


class Stop(NamedTuple):
    """Whether an uddokta or a centre is stopped.

    Args:
        subject_id: its id.
        problem: code of the refusal; None if it may act.
        changed_at: since when; the newest state counts.
    """

    subject_id: str
    problem: str | None
    changed_at: datetime


def stop_of(event: UddoktaChanged | ServiceCentreChanged) -> Stop:
    """Return what an event says about an uddokta or a centre."""
    match event:
        case UddoktaChanged():
            problem = None if event.state == "active" else "uddokta_stopped"
            return Stop(str(event.uddokta_id), problem, event.occurred_at)
        case ServiceCentreChanged():
            problem = None if event.state == "running" else "service_centre_not_running"
            return Stop(event.service_centre_id, problem, event.occurred_at)
