import pytest

from libs.contracts.applications import Status
from libs.contracts.language import Text
from services.applications.tracking.rules import view
from tests.services.applications.builders import NAME, NOTE, application


@pytest.mark.parametrize(
    ("status", "correction", "decision"),
    [
        ("submitted", None, None),
        ("correction_requested", NOTE, None),
        ("with_ministry", None, None),
        ("approved", None, NOTE),
        ("refused", None, NOTE),
    ],
)
def test_the_ministrys_note_is_shown_where_it_belongs(
    status: Status, correction: Text | None, decision: Text | None
) -> None:
    """A note is either what to correct or the reason for the decision."""
    seen = view(application(status=status, note=NOTE), NAME, [])
    assert (seen.correction_note, seen.decision_note) == (correction, decision)


@pytest.mark.parametrize(("status", "overdue"), [("with_ministry", True), ("approved", False)])
def test_a_closed_application_is_not_overdue(status: Status, overdue: bool) -> None:
    """Overdue is shown only while the ministry has the application."""
    assert view(application(status=status, overdue=True), NAME, []).overdue is overdue
