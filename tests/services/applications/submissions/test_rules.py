from datetime import date
from typing import Any

import pytest

from libs.contracts.applications import MandateUsed, SubmitApplication
from libs.contracts.mandates import MandateEvidence
from libs.errors import Refused, Unreadable
from services.applications.submissions.rules import (
    NewApplication,
    correct,
    renumbered,
    submit,
)
from tests.services.applications.forms.scenes import right_answers
from tests.services.applications.scenes import (
    NOTE,
    NOW,
    TRACE,
    application,
    filled_cache,
    mandate_evidence,
    papers,
    submission_body,
)

FORM = right_answers("S001")
SERVICES = filled_cache()


def submitted(*, mandate: MandateEvidence | None = None, **fields: Any) -> NewApplication:
    body = SubmitApplication(**submission_body(**fields))
    application_id = application().application_id
    return submit(
        body,
        SERVICES.find("S001"),
        papers(),
        application_id=application_id,
        trace=TRACE,
        mandate=mandate,
    )


def test_a_submission_has_one_event_with_the_form_and_one_without() -> None:
    """Both events are in the trace of the request, the ministry's first; ids are reproducible."""
    new = submitted()
    submission, announcement = new.events()
    assert [event.event_id for event in submitted().events()] == [
        submission.event_id,
        announcement.event_id,
    ]
    assert new.submission.form == FORM
    assert (new.submission.form_version, new.submission.service_centre_id) == (1, None)
    assert new.submission.form_origin == "public_descriptions"
    assert new.announcement.due_on == new.application.due_on == date(2026, 12, 6)
    assert submission.trace == announcement.trace == TRACE
    assert submission.occurred_at == NOW


def test_a_new_tracking_number_is_in_the_events() -> None:
    """A new number changes only the numbers of the application and of both events."""
    new = submitted()
    other = renumbered(new, "NS-1")
    assert {one.tracking_number for one in (other.application, other.submission)} == {"NS-1"}
    assert other.announcement.tracking_number == "NS-1"
    assert renumbered(other, new.application.tracking_number) == new


def test_an_assisted_submission_says_who_agreed_to_what() -> None:
    """Centre, uddokta and consent are in the submission; the use of the mandate is announced."""
    evidence = mandate_evidence()
    new = submitted(mandate=evidence)
    _, _, used = new.events()
    assert new.application.service_centre_id == new.submission.service_centre_id == "uttara"
    assert new.submission.actor_id == evidence.uddokta_id
    assert new.submission.applicant_id == new.application.citizen_id
    assert new.submission.mandate == evidence
    assert isinstance(used, MandateUsed)
    assert (used.mandate_id, used.application_id) == (
        evidence.mandate_id,
        new.application.application_id,
    )
    assert renumbered(new, "NS-1").submission.mandate == evidence


def test_a_correction_starts_the_deadline_again() -> None:
    """The due date is new; the note and the overdue flag are cleared."""
    before = application(status="correction_requested", note=NOTE, overdue=True)
    after, submission, announcement = correct(before, SERVICES.find, FORM, papers(), before=FORM)
    assert (after.status, after.due_on, after.overdue, after.note) == (
        "with_ministry",
        date(2026, 12, 6),
        False,
        None,
    )
    assert (submission.form, submission.form_version) == (FORM, 1)
    assert (submission.type, announcement.type) == ("submission_corrected", "application_corrected")


def test_a_correction_without_a_request_is_refused_before_its_form_is_checked() -> None:
    """A second correction is refused whatever its form; a requested one needs a valid form."""
    returned = application(status="correction_requested")
    after, _, _ = correct(returned, SERVICES.find, FORM, papers(), before=FORM)
    with pytest.raises(Refused):
        correct(after, SERVICES.find, {}, papers(), before=FORM)
    with pytest.raises(Unreadable):
        correct(returned, SERVICES.find, {}, papers(), before=FORM)
