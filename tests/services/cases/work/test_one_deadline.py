"""The last day of a case and that of its application are one value, wherever the work goes."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.bangladesh.calendar import Calendar, dhaka_date, reference_calendar
from libs.bangladesh.deadline import Deadline
from libs.contracts.applications import SubmissionDeadline
from libs.database.pool import Database
from libs.workflows.commands import Correct, Open
from libs.workflows.model import Workflow
from services.applications.deadlines.rules import moved
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.rules import apply
from services.applications.submissions.rules import deadline_of
from services.cases.intake.rules import content_of, file_of
from services.cases.work.rules import carry_out, reckoned, with_own_deadline
from services.cases.work.values import CaseFile, Change, Content, Order, Published
from services.catalogue.workflows.reference import reference_tariffs
from tests.services.cases.scenes import (
    MEMBER,
    NOW,
    RAHIMA,
    SECRETARY,
    Desk,
    acted,
    corrected,
    submitted,
)
from tests.services.cases.work.scenes import ANSWERS, WORKFLOWS, commands, done

CAME_ON = dhaka_date(NOW)
DAYS_OF_THE_SERVICE = 30
STEPS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.integers(0, 9),
        st.integers(0, 3),
        st.none() | st.dates(CAME_ON, date(2026, 12, 31)),
    ),
    max_size=25,
)
"""Which command, after how many days, for how many days a correction was on its way, and a day off
that is published before."""


@dataclass
class Both:
    """An application with its case, which go on by each other's events."""

    application: Application
    file: CaseFile
    content: Content
    workflow: Workflow

    def hear(self, change: Change, calendar: Calendar) -> None:
        """Apply a change of the case to the application, as the topic brings it."""
        self.file = change.file
        announced: Any = change.announced
        for event in announced:
            self.application, _ = apply(self.application, event, calendar)

    def correct(self, at: datetime, later: timedelta, calendar: Calendar) -> Order:
        """Send a corrected form, which the case reads some time later."""
        application = self.application.resumed(dhaka_date(at), calendar)
        self.application = replace(application, status="with_ministry")
        return Order(Correct(), at + later, answered_on=dhaka_date(at))

    def reckon(self, calendar: Calendar, at: datetime) -> None:
        """Reckon both last days again; applications that stand still or are overdue stay."""
        due_on = self.application.due_on
        is_overdue = due_on is not None and calendar.is_overdue(due_on, at)
        self.file, _ = reckoned(self.file, [], calendar, at)
        if not self.application.is_paused and not is_overdue:
            later = moved(self.application, calendar)
            self.application = later[0] if later else self.application


def begun(workflow: Workflow, answers: dict[str, Any], published: Published) -> Both | None:
    """Apply, and open the case; None for one that a rule decides at once."""
    deadline = Deadline(CAME_ON, DAYS_OF_THE_SERVICE)
    made = submitted(workflow.workflow, answers=answers)
    application = Application(
        application_id=made.application_id,
        tracking_number=made.tracking_number,
        citizen_id=RAHIMA,
        public_service_id=made.public_service_id,
        ministry=made.ministry,
        status="submitted",
        submitted_at=NOW,
        due_on=deadline.due_on(published.calendar),
        deadline=deadline,
        adapter="desk",
        office=made.office,
    )
    made = made.model_copy(update={"deadline": deadline_of(application)})
    file = with_own_deadline(file_of(made), workflow, published.calendar)
    file = replace(file, state=replace(file.state, version=workflow.version))
    content = content_of(made)
    opened = carry_out(workflow, None, file, content, Order(Open(CAME_ON), NOW), published)
    assert opened is not None
    both = Both(application, file, content, workflow)
    both.hear(opened, published.calendar)
    return both if both.file.closed_at is None else None


@settings(max_examples=150)
@given(key=st.sampled_from(sorted(WORKFLOWS)), answers=ANSWERS, steps=STEPS)
def test_a_case_is_due_when_its_citizen_was_told(
    key: str, answers: dict[str, Any], steps: list[tuple[int, int, int, date | None]]
) -> None:
    """Whoever is waited for, however late a correction is read, whatever day is off since."""
    published = Published(reference_calendar(), reference_tariffs().rows)
    both, at = begun(WORKFLOWS[key], answers, published), NOW
    if both is None:
        return
    check(both)
    for choice, days, late, off in steps:
        at += timedelta(days=days)
        if off is not None:
            published = with_day_off(published, off)
            both.reckon(published.calendar, at)
            check(both)
        found = list(commands(both.workflow, both.file.state))
        holding, command = found[choice % len(found)]
        order = Order(command, at)
        if isinstance(command, Correct):
            order = both.correct(at, timedelta(days=late), published.calendar)
            at = order.at
        change = done(holding, both.file, both.content, order, published)
        if change is None:
            continue
        both.hear(change, published.calendar)
        both.workflow = holding
        if both.file.closed_at is not None:
            return
        check(both)


def with_day_off(published: Published, off: date) -> Published:
    """What is published, with one more day off."""
    before = published.calendar
    return replace(published, calendar=Calendar(before.sources, before.shut | {off}))


def check(both: Both) -> None:
    """One value, which stands still in both or in none."""
    application, file = both.application, both.file
    if application.due_on is None:
        assert file.due_on.year > max(reference_calendar().sources)
    else:
        assert file.due_on == application.due_on
    assert file.deadline.is_paused == application.is_paused


@pytest.mark.parametrize("days", [1, 6, 20])
def test_a_wait_for_the_citizen_moves_the_day_by_its_working_days(days: int) -> None:
    """And a second reckoning changes nothing; while she is waited for, nothing is overdue."""
    calendar = reference_calendar()
    file = replace(file_of(submitted()), deadline=Deadline(CAME_ON, 5), due_on=date(2026, 3, 8))
    asked, answered = CAME_ON + timedelta(days=1), CAME_ON + timedelta(days=1 + days)
    deadline = file.deadline.since("citizen", asked).since("payment", asked)
    deadline = deadline.since("office", answered).since("office", answered + timedelta(days=1))
    waited = [asked + timedelta(days=number) for number in range(1, days + 1)]
    off = sum(map(calendar.is_working_day, waited))
    assert deadline.due_on(calendar) == calendar.add_working_days(file.due_on, off)
    later = replace(file, deadline=deadline, due_on=deadline.estimated(calendar))
    assert reckoned(later, [], calendar, NOW) == (later, [])


async def test_a_correction_counts_from_the_day_on_which_it_was_sent(database: Database) -> None:
    """However late it is read: the citizen was told that the time runs again."""
    told = SubmissionDeadline(begins_on=CAME_ON, working_days=20)
    desk, first = await Desk(database).prepare(), submitted(deadline=told)
    await desk.take_in(first)
    before = (await desk.file(first)).due_on
    assert before == reference_calendar().add_working_days(CAME_ON, 20)
    await acted(desk, MEMBER, first.event_id, "confirm")
    await acted(desk, SECRETARY, first.event_id, "ask_correction", note="নাম ঠিক করুন")
    sent = corrected(first, occurred_at=NOW + timedelta(days=1))
    await desk.take_in(sent, at=NOW + timedelta(days=9))
    file = await desk.file(first)
    assert (file.due_on, file.is_promised) == (before + timedelta(days=1), True)
    assert file.deadline.pauses == ((CAME_ON, CAME_ON + timedelta(days=1)),)


def test_a_case_without_a_promise_has_the_days_of_its_workflow() -> None:
    """Also where these are all days: a pause moves them by all of its days."""
    workflow = WORKFLOWS["S055@1"]
    file = with_own_deadline(file_of(submitted("S055")), workflow, reference_calendar())
    assert (file.is_promised, file.due_on) == (False, CAME_ON + timedelta(days=90))
    paused = file.deadline.since("time", CAME_ON).since(None, CAME_ON + timedelta(days=7))
    assert paused.estimated(reference_calendar()) == CAME_ON + timedelta(days=97)
