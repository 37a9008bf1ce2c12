"""An application as its citizen sees it."""

from collections.abc import Sequence

from libs.contracts.applications import ApplicationSummary, ApplicationView, TimelineEntry
from libs.contracts.language import Text
from services.applications.domain.life import ON_THE_MINISTRYS_CLOCK, Application
from services.applications.domain.timeline import Entry, title_of


def summarise(application: Application, name: Text) -> ApplicationSummary:
    """Show one application in a list, or as the answer to applying."""
    return ApplicationSummary(
        application_id=application.application_id,
        tracking_number=application.tracking_number,
        public_service_id=application.public_service_id,
        public_service_name=name,
        ministry=application.ministry,
        status=application.status,
        submitted_at=application.submitted_at,
        due_on=application.due_on,
    )


def view(application: Application, name: Text, entries: Sequence[Entry]) -> ApplicationView:
    """Show one application with its timeline and the ministry's last word."""
    correcting = application.status == "correction_requested"
    decided = application.status in {"approved", "refused"}
    return ApplicationView(
        **summarise(application, name).model_dump(),
        overdue=application.overdue and application.status in ON_THE_MINISTRYS_CLOCK,
        case_file_number=application.case_file_number,
        correction_note=application.note if correcting else None,
        decision_note=application.note if decided else None,
        timeline=[_shown(entry) for entry in entries],
    )


def _shown(entry: Entry) -> TimelineEntry:
    return TimelineEntry(
        event_id=entry.event_id,
        type=entry.type,
        at=entry.at,
        title=title_of(entry),
        note=entry.note,
        trace_id=entry.trace_id,
    )
