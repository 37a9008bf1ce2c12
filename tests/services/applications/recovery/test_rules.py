"""Acts of citizens and ministries, replayed on applications that a restored database lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from libs.contracts.applications import (
    Step,
    SubmissionAppealed,
    SubmissionCorrected,
    SubmissionWithdrawn,
)
from libs.contracts.language import Text
from libs.contracts.ministries import StepReached
from services.applications.lifecycle.rules import MinistryEvent
from services.applications.public_services.rules import PublicService, public_service_of
from services.applications.recovery.rules import Act, replay
from services.applications.submissions.rules import with_form
from tests.services.applications.forms.scenes import right_answers
from tests.services.applications.scenes import (
    NOW,
    TODAY,
    application,
    correction_asked,
    decided,
    received,
    service_changed,
)

SERVICE = public_service_of(
    service_changed(service_deadline_days=5, service_deadline_status="sourced")
)
SINCE = NOW.isoformat()


def found(service: PublicService | None = SERVICE) -> Callable[[str], PublicService | None]:
    return lambda _: service


def test_the_time_of_a_lost_application_stands_still_and_runs_again() -> None:
    """It was submitted on a Wednesday; the two working days of its correction do not count."""
    new = with_form(application(form_origin="ministry"), right_answers("S001"), 1)
    key = new.application.application_id
    asked = correction_asked(key, occurred_at=NOW + timedelta(days=4))
    corrected = SubmissionCorrected(
        form=right_answers("S001"),
        form_version=1,
        occurred_at=NOW + timedelta(days=6),
        **new.application.submission_facts(),
    )
    returned = replay(None, [new.submission, asked], found(), since=SINCE).application
    assert returned.is_paused
    again = replay(None, [new.submission, asked, corrected], found(), since=SINCE).application
    assert not again.is_paused
    assert (again.deadline and again.deadline.begins_on, again.due_on) == (TODAY, date(2026, 12, 6))
    assert SERVICE.due_on(TODAY) == date(2026, 12, 2)
    assert again.form_origin == "ministry"


def test_the_time_of_a_payment_is_not_the_ministrys() -> None:
    """Nor is it after a restore: the work waits for the citizen, and nobody is overdue."""
    new = with_form(application(adapter="desk"), right_answers("S001"), 1)
    key = new.application.application_id
    step = Step(name=Text(bn="ফি", en="Fee"), waits_for="payment")
    reached = StepReached(application_id=key, ministry="lgd", served_by="desk", step=step)
    events: list[Act | MinistryEvent] = [new.submission, received(key, served_by="desk"), reached]
    assert replay(None, events, found(), since=SINCE).application.is_paused


def test_what_was_withdrawn_stands_at_no_step() -> None:
    """As if the citizen did it now."""
    before = replace(application(), step=Step(name=Text(bn="ফি", en="Fee"), waits_for="office"))
    withdrawn = SubmissionWithdrawn(**before.submission_facts())
    done = replay(before, [withdrawn], found(), since=SINCE).application
    assert (done.status, done.step) == ("withdrawn", None)


def test_without_its_public_service_no_last_day_is_made_up() -> None:
    """It is new since the moment, and its record is read again when the service starts."""
    new = with_form(application(), right_answers("S001"), 1)
    taken_up = replay(None, [new.submission], found(None), since=SINCE).application
    assert (taken_up.due_on, taken_up.deadline) == (None, None)


def test_a_lost_objection_is_taken_up_with_the_decision_about_it() -> None:
    """Before it the second decision would contradict the first one."""
    before = application(status="refused", adapter="desk")
    facts = {
        name: value
        for name, value in before.submission_facts().items()
        if name in SubmissionAppealed.model_fields
    }
    appealed = SubmissionAppealed(grounds="ভুল", occurred_at=NOW, **facts)
    said = {"served_by": "desk", "stage": "appeal", "occurred_at": NOW + timedelta(days=1)}
    overturned = decided(before.application_id, **said)
    done = replay(before, [appealed, overturned], found(), since=SINCE)
    assert (done.application.status, done.application.appealed_at) == ("approved", NOW)
    assert [event.type for event in done.announced] == [
        "application_appealed",
        "application_decided",
    ]
    assert list(done.grounds.values()) == ["ভুল"]
    assert replay(before, [overturned], found(), since=SINCE).refused


def test_days_that_an_own_adapter_names_count_after_a_restore_as_before() -> None:
    """Only where its own ministry has declared that it takes objections, whosever the service."""
    before = application(adapter="own")
    said = {"outcome": "refused", "note": Text(bn="না", en="No"), "appeal_days": 30}
    refused = decided(before.application_id, **said, served_by="own", occurred_at=NOW)

    def until(*declared: str) -> date | None:
        done = replay(before, [refused], found(), declared, since=SINCE)
        return done.application.appeal_until

    assert (until(), until("land")) == (None, None)
    assert until(before.ministry) == TODAY + timedelta(days=30)
