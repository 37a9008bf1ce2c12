import pytest

from libs.contracts.applications import Status
from libs.contracts.language import Text
from services.applications.domain.views import summarise, view
from tests.services.applications.scenes import NOTE, application

NAME = Text(bn="জন্ম নিবন্ধন", en="Birth registration")


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
def test_the_ministrys_word_is_shown_where_it_belongs(
    status: Status, correction: Text | None, decision: Text | None
) -> None:
    """A note is either what to correct or why it was decided so."""
    seen = view(application(status=status, note=NOTE), NAME, [])
    assert (seen.correction_note, seen.decision_note) == (correction, decision)


@pytest.mark.parametrize(("status", "late"), [("with_ministry", True), ("approved", False)])
def test_a_closed_case_is_not_late_any_more(status: Status, late: bool) -> None:
    """Overdue is about waiting."""
    assert view(application(status=status, overdue=True), NAME, []).overdue is late


def test_a_summary_names_the_service_and_the_due_date() -> None:
    """A list is readable without asking the catalogue."""
    case = application()
    seen = summarise(case, NAME)
    assert (seen.public_service_name, seen.due_on, seen.tracking_number) == (
        NAME,
        case.due_on,
        case.tracking_number,
    )
