from datetime import date, timedelta

import pytest

from libs.errors import Refused
from services.applications.domain.lodging import Answers, correct, lodge, run_over, withdraw
from tests.services.applications.scenes import NOTE, NOW, TRACE, application

ANSWERS = Answers({"name": "x"}, 3)


def test_lodging_tells_the_ministry_the_form_and_everyone_the_fact() -> None:
    """Two events in the trace of the click, the ministry's first, with ids that a re-run keeps."""
    case = application(service_centre_id="uttara")
    first, again = lodge(case, ANSWERS), lodge(case, ANSWERS)
    submission, announcement = first.events()
    assert (submission.event_id, announcement.event_id) == tuple(
        event.event_id for event in again.events()
    )
    assert first.submission.form == {"name": "x"}
    assert (first.submission.form_version, first.submission.service_centre_id) == (3, "uttara")
    assert first.announcement.due_on == case.due_on
    assert submission.trace == announcement.trace == TRACE
    assert submission.occurred_at == NOW


def test_a_correction_resets_the_ministrys_clock_and_the_note() -> None:
    """Only now the application is complete."""
    case = application(status="correction_requested", note=NOTE, overdue=True)
    due_on = date(2027, 1, 5)
    after, submission, told = correct(case, ANSWERS, due_on=due_on, at=NOW)
    assert (after.status, after.due_on, after.overdue, after.note) == (
        "with_ministry",
        due_on,
        False,
        None,
    )
    assert submission.form_version == 3
    assert [event.type for event in told] == ["submission_corrected", "application_corrected"]


def test_a_correction_out_of_place_is_refused() -> None:
    """A second correction after the first is one, too."""
    case = application(status="correction_requested")
    after, _, _ = correct(case, ANSWERS, due_on=None, at=NOW)
    with pytest.raises(Refused):
        correct(after, ANSWERS, due_on=None, at=NOW)


def test_withdrawing_is_harmless_to_repeat_and_refused_once_decided() -> None:
    """The second time nothing changes and nobody is told."""
    after, told = withdraw(application(), at=NOW + timedelta(days=1))
    assert [event.type for event in told] == ["submission_withdrawn", "application_withdrawn"]
    assert withdraw(after, at=NOW) == (after, [])
    with pytest.raises(Refused):
        withdraw(application(status="approved"), at=NOW)


def test_each_due_date_runs_over_under_one_id() -> None:
    """Two runs tell one fact; another due date is another fact."""
    case = application()
    first = run_over(case, date(2026, 12, 1))
    assert first.event_id == run_over(case, date(2026, 12, 1)).event_id
    assert first.event_id != run_over(case, date(2026, 12, 2)).event_id
    assert first.trace == TRACE
