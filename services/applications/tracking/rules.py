"""An application with its timeline, as its citizen sees it."""

from collections.abc import Sequence

from libs.contracts.applications import ApplicationView, TimelineEntry
from libs.contracts.language import Text
from services.applications.lifecycle.application import WAITS_FOR_MINISTRY, Application
from services.applications.timeline.rules import Entry, title_of


def view(application: Application, name: Text, entries: Sequence[Entry]) -> ApplicationView:
    """Return an application with its timeline, its public service's name and the last note."""
    status = application.status
    return ApplicationView(
        **application.summary(name).model_dump(),
        overdue=application.overdue and status in WAITS_FOR_MINISTRY,
        case_file_number=application.case_file_number,
        correction_note=application.note if status == "correction_requested" else None,
        decision_note=application.note if status in {"approved", "refused"} else None,
        timeline=[
            TimelineEntry(
                event_id=entry.event_id,
                type=entry.type,
                at=entry.at,
                title=title_of(entry),
                note=entry.note,
                trace_id=entry.trace_id,
            )
            for entry in entries
        ],
    )
