"""What a decision of a ministry's own adapter says of its paper."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from libs.contracts.ministries import MinistryDecided, PaperGranted, PaperRevoked
from libs.decision_papers.templates import OWN_DOCUMENT, own_fields, subject_of
from libs.errors import Refused
from libs.ids import derived_id
from services.applications.lifecycle.application import Application


def said(
    application: Application,
    event: MinistryDecided,
    form: Mapping[str, Any],
    granted: Sequence[UUID],
) -> PaperGranted | PaperRevoked | None:
    """Return what is announced of a paper; None of one that was granted before.

    Args:
        application: as it is after the decision.
        event: the decision, or a repeat of it.
        form: that the citizen sent last.
        granted: the papers about the application, in their order.

    Raises:
        Refused: a paper is withdrawn where there is none, or without a reason, or a new one is
            about a decision to which its citizen objected since.
    """
    latest = granted[-1] if granted else None
    if event.own_paper_id is not None and event.own_paper_sha256 is not None:
        paper_id = derived_id(application.application_id, f"own paper {event.own_paper_id}")
        if paper_id in granted:
            return None
        if application.appealed_at is not None and event.stage == "first":
            raise Refused("decided_otherwise", "its citizen has objected to this decision")
        subject = subject_of(application.public_service_id, event.outcome)
        return PaperGranted(
            event_id=paper_id,
            occurred_at=event.occurred_at,
            application_id=application.application_id,
            citizen_id=application.citizen_id,
            tracking_number=application.tracking_number,
            public_service_id=application.public_service_id,
            ministry=application.ministry,
            served_by="own",
            template=OWN_DOCUMENT,
            fields=own_fields(form, subject, event.own_paper_id, event.own_paper_sha256),
            office=application.office.name if application.office else None,
            replaces=latest,
        ).in_trace(event.trace)
    if latest is None:
        raise Refused("paper_not_granted")
    if event.note is None:
        raise Refused("note_missing", "the citizen reads why it holds no more")
    return PaperRevoked(
        event_id=derived_id(latest, PaperRevoked.type),
        occurred_at=event.occurred_at,
        application_id=application.application_id,
        served_by="own",
        paper_id=latest,
        note=event.note,
    ).in_trace(event.trace)
