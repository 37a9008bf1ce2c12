import re
from datetime import date

import pytest

from libs.contracts import topics
from libs.contracts.applications import (
    ApplicationChange,
    ApplicationDecided,
    ApplicationStepReached,
    DelayCause,
    Outcome,
    ResponsibleOffice,
    Status,
    Step,
    SubmissionMade,
)
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecided, MinistryUnreachable, StepReached
from libs.grievances import GRIEVANCE
from services.applications.lifecycle.entries import Entry, entries_of
from services.applications.lifecycle.rules import apply
from services.applications.timeline.rules import title_of, view
from tests.services.applications.scenes import (
    MINISTRY,
    NAME,
    NOTE,
    NOW,
    RAHIMA,
    TRACE,
    application,
    public_service,
)

TIMELINE_EVENTS = [
    *(event for event in topics.APPLICATIONS.events if issubclass(event, ApplicationChange)),
    *topics.NOTIFICATIONS.events,
]


@pytest.mark.parametrize("event_class", TIMELINE_EVENTS)
def test_every_event_of_a_timeline_has_a_title_in_both_languages(event_class: type[Event]) -> None:
    """A new class of changes without a title fails this test."""
    outcome: Outcome | None = "approved" if event_class is ApplicationDecided else None
    entry = Entry(RAHIMA, RAHIMA, event_class.type, NOW, outcome=outcome)
    title = title_of(entry)
    assert re.search("[ঀ-৿]", title.bn)
    assert title.en.isascii()


def test_approved_and_refused_have_different_titles() -> None:
    """The title of a decision depends on its outcome."""
    titles = [
        title_of(Entry(RAHIMA, RAHIMA, "application_decided", NOW, outcome=outcome)).bn
        for outcome in ("approved", "refused")
    ]
    assert titles == ["আবেদন মঞ্জুর হয়েছে", "আবেদন নামঞ্জুর হয়েছে"]


@pytest.mark.parametrize(
    ("cause", "words"),
    [("ministry", "ministry's system cannot be reached"), ("platform", "fault on our side")],
)
def test_the_title_of_a_delay_has_its_cause_and_advice(cause: DelayCause, words: str) -> None:
    """The title has the cause, and says that the citizen need not apply again."""
    unreachable = MinistryUnreachable(
        application_id=application().application_id, ministry=MINISTRY, cause=cause
    )
    changed, announced = apply(application(), unreachable)
    [entry] = entries_of(announced)
    title = title_of(entry)
    assert (words in title.en, "you need not apply again" in title.en) == (True, True)
    assert "আবার আবেদন করতে হবে না" in title.bn
    assert [shown.cause for shown in view(changed, NAME, [entry]).timeline] == [cause]
    assert apply(changed, unreachable) == (changed, [])


def test_an_entry_has_the_note_time_and_trace_of_its_event() -> None:
    """Note, time and trace id of an entry are those of the event."""
    decided = MinistryDecided(
        application_id=application().application_id,
        ministry=MINISTRY,
        outcome="refused",
        note=NOTE,
        occurred_at=NOW,
    ).in_trace(TRACE)
    _, announced = apply(application(), decided)
    [entry] = entries_of(announced)
    assert (entry.note, entry.at, entry.trace_id) == (NOTE, NOW, TRACE.trace_id)


def test_a_step_to_which_new_rules_led_says_why() -> None:
    """Their words stand in the timeline, and go with the event."""
    step = Step(name=NAME, waits_for="office", is_sourced=True)
    reached = StepReached(
        application_id=application().application_id,
        ministry=MINISTRY,
        step=step,
        note=NOTE,
        is_told=True,
    )
    _, (event,) = apply(application(status="with_ministry"), reached)
    assert isinstance(event, ApplicationStepReached)
    assert (event.note, event.is_told) == (NOTE, True)
    assert [entry.note for entry in entries_of([event])] == [NOTE]


def test_submissions_have_no_entry() -> None:
    """A submission event gives no timeline entry, so the timeline never has the form."""
    submission = SubmissionMade(form={}, form_version=1, **application().submission_facts())
    assert entries_of([submission]) == []


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
def test_the_ministrys_note_is_shown_by_status(
    status: Status, correction: Text | None, decision: Text | None
) -> None:
    """The note is shown as correction note or decision note, depending on the status."""
    seen = view(application(status=status, note=NOTE), NAME, [])
    assert (seen.correction_note, seen.decision_note) == (correction, decision)


@pytest.mark.parametrize(("status", "overdue"), [("with_ministry", True), ("approved", False)])
def test_a_closed_application_is_not_overdue(status: Status, overdue: bool) -> None:
    """Overdue is shown only while the ministry has the application."""
    assert view(application(status=status, overdue=True), NAME, []).overdue is overdue


@pytest.mark.parametrize(
    ("days", "due_on", "published_days", "missing"),
    [
        (None, None, None, None),
        (7, date(2026, 12, 6), 7, None),
        (30, None, 30, 2027),
    ],
)
def test_a_missing_last_day_says_why(
    days: int | None, due_on: date | None, published_days: int | None, missing: int | None
) -> None:
    """No deadline was published, or it ends in a year whose holidays were not."""
    service = public_service("S001", service_deadline_days=days)
    seen = view(application(due_on=due_on), NAME, [], service=service)
    assert (seen.due_on, seen.service_deadline_days) == (due_on, published_days)
    assert seen.calendar_missing == missing


@pytest.mark.parametrize("confirmed", [True, False])
def test_an_office_is_shown_with_what_is_known_of_its_rule(confirmed: bool) -> None:
    """A rule that nobody has confirmed is our assumption."""
    office = ResponsibleOffice(
        office_id="zone-1",
        kind="city_corporation_zone",
        name=NAME,
        rule_id="zone-1",
        rule_version=1,
        confirmed=confirmed,
    )
    seen = view(application(office=office, form_origin="ministry"), NAME, [])
    assert (seen.office, seen.office_confirmed) == (NAME, confirmed)
    assert seen.form_origin == "ministry"


@pytest.mark.parametrize("outcome", ["approved", "refused"])
def test_the_timeline_of_a_grievance_says_answered(outcome: Outcome) -> None:
    """As its page does; of an application it says approved or refused."""
    entry = Entry(RAHIMA, RAHIMA, "application_decided", NOW, outcome=outcome)
    assert outcome in title_of(entry).en
    shown = view(application(public_service_id=GRIEVANCE), NAME, [entry])
    assert shown.timeline[0].title.en.startswith("Answered: ")
