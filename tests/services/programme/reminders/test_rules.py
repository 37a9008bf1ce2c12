"""Which reminder is due, from the last day, today and the calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.bangladesh.calendar import is_working_day, reference_calendar
from libs.contracts.programme import Rung
from services.programme.bodies.rules import states_of
from services.programme.reminders.rules import Wanted, rung_on, wanted_on
from tests.services.programme.bodies.scenes import LAND, letter, received, replaced

DAY = timedelta(days=1)
CALENDAR = reference_calendar()
SUNDAY = date(2026, 7, 12)  # no holiday in that month
RUNGS: tuple[Rung, ...] = (
    "before",
    "due",
    "late",
    "joint_secretary",
    "secretary",
    "chief_adviser",
)
AFTER = {0: "due", 2: "late", 5: "joint_secretary", 10: "secretary", 20: "chief_adviser"}
"""By the brief: working days since the last day, and what is reached then."""


@pytest.mark.parametrize(
    ("today", "rung"),
    [
        (date(2026, 7, 6), None),  # Monday: Tuesday, Wednesday, Thursday and Sunday lie ahead
        (date(2026, 7, 7), "before"),  # three working days before
        (date(2026, 7, 11), "before"),
        (SUNDAY, "due"),
        (date(2026, 7, 13), "due"),
        (date(2026, 7, 14), "late"),
        (date(2026, 7, 16), "late"),
        (date(2026, 7, 18), "late"),  # Saturday
        (date(2026, 7, 19), "joint_secretary"),
        (date(2026, 7, 26), "secretary"),
        (date(2026, 8, 9), "secretary"),  # the 5th of August was a holiday
        (date(2026, 8, 10), "chief_adviser"),
        (date(2026, 12, 1), "chief_adviser"),
    ],
)
def test_the_rungs_of_a_step(today: date, rung: Rung | None) -> None:
    """Counted by hand on the calendar of 2026, of a step that is due on a Sunday."""
    assert rung_on(SUNDAY, today, CALENDAR) == rung


@given(st.dates(date(2026, 1, 5), date(2026, 11, 20)), st.integers(0, 60))
def test_the_rungs_are_those_of_the_brief(due_on: date, days: int) -> None:
    """A count of its own: each working day after the last day is one more."""
    late = sum(is_working_day(due_on + n * DAY) for n in range(1, days + 1) if n <= 40)
    if days <= 40:
        expected = AFTER[max(number for number in AFTER if number <= late)]
        assert rung_on(due_on, due_on + days * DAY, CALENDAR) == expected


@given(st.dates(date(2026, 2, 1), date(2026, 11, 20)))
def test_a_step_only_rises(due_on: date) -> None:
    """From one day to the next it reaches the same rung or a higher one."""
    found = [rung_on(due_on, due_on + n * DAY, CALENDAR) for n in range(-25, 40)]
    places = [-1 if rung is None else RUNGS.index(rung) for rung in found]
    assert places == sorted(places)
    assert places[0] == -1


@pytest.mark.parametrize("today", [date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 2)])
def test_a_year_that_is_not_known_promises_nothing(today: date) -> None:
    """Before the day nothing is due, and nothing rises after it."""
    assert rung_on(date(2027, 1, 3), today, CALENDAR) is None
    assert rung_on(date(2027, 1, 3), date(2027, 12, 31), CALENDAR) == "due"


def test_what_is_done_or_owed_by_another_is_not_reminded_of() -> None:
    """Only open steps of bodies that owe them."""
    asked = letter(date(2026, 7, 1), SUNDAY, "list", "vendor")
    today = SUNDAY + 2 * DAY
    states = states_of([asked, received(SUNDAY)], {}, today, CALENDAR)
    assert wanted_on(states.values(), today, CALENDAR) == {Wanted(LAND, "vendor", SUNDAY, "late")}
    states = states_of([asked, replaced(SUNDAY, "mopa")], {}, today, CALENDAR)
    assert {wanted.body for wanted in wanted_on(states.values(), today, CALENDAR)} <= {"mopa"}
