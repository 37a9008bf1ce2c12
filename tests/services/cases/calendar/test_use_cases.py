"""The days of cases follow the calendar that the catalogue publishes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.bangladesh.calendar import DHAKA, Calendar, end_of_day, reference_calendar
from libs.bangladesh.deadline import Deadline
from libs.contracts.applications import SubmissionDeadline
from libs.contracts.catalogue import CalendarChanged, CalendarDay
from libs.contracts.language import Text
from libs.database.pool import Database
from libs.ids import new_id
from services.cases.acts.use_cases import read_case
from services.cases.calendar.use_cases import copy_years
from services.cases.clocks.use_cases import move_days
from services.cases.intake.rules import file_of
from services.cases.officers.rules import Officer
from services.cases.queues.use_cases import read_queue
from services.cases.work.rules import reckoned
from services.cases.work.values import Timer
from tests.services.cases.scenes import NOW, Desk, submitted, withdrawn

SECRETARY = Officer(new_id(), "lgd", "union-U2393", frozenset({"ward_member"}))
BORN_LONG_AGO = {"birth_date": "2020-01-05"}
NAME = Text(bn="ছুটি", en="A day off")


def year(version: int, *off: date, of: int = 2026) -> CalendarChanged:
    """A year of the calendar with the days off of the release, and more."""
    days = {day for day in reference_calendar().shut if day.year == of} | set(off)
    rows = [CalendarDay(day=day, name=NAME, source="gazette", working=False) for day in days]
    return CalendarChanged(
        occurred_at=NOW, version=version, year=str(of), source="gazette", days=rows
    )


async def announced(desk: Desk, *years: CalendarChanged, limit: int = 1, at: datetime = NOW) -> int:
    """Read years, and reckon until nothing is left to do; return how many steps it took."""
    async with desk.database.transaction() as tx:
        await copy_years(tx, years)
    steps = 0
    while True:
        async with desk.database.transaction() as tx:
            if not await move_days(tx, at=at, limit=limit):
                return steps
        steps += 1


async def days(desk: Desk) -> Sequence[tuple[Any, ...]]:
    """The days of cases, of their tasks, and of their clocks."""
    return await desk.rows(
        """
        SELECT DISTINCT cases.case_id, cases.due_on, tasks.due_on, due_at, shown
          FROM cases JOIN tasks USING (case_id) JOIN timers USING (case_id)
         ORDER BY cases.case_id
        """
    )


async def test_a_new_day_off_moves_days_of_open_cases_once(database: Database) -> None:
    """The case, its task and its clock; one that has ended stays as it was."""
    desk, first, ended = await Desk(database).prepare(), submitted(), submitted()
    await announced(desk, year(1))
    await desk.take_in(first, ended, withdrawn(ended))
    [(_, due_on, _, due_at, _)] = await days(desk)
    assert (due_on, due_at) == (date(2026, 3, 4), end_of_day(date(2026, 3, 2)))
    assert await announced(desk, year(2, date(2026, 3, 2))) == 2
    moved = await days(desk)
    assert [row[1:4] for row in moved] == [
        (date(2026, 3, 5), date(2026, 3, 5), end_of_day(date(2026, 3, 3)))
    ]
    assert await announced(desk, year(2, date(2026, 3, 2))) == 0
    assert await announced(desk, year(3, date(2026, 3, 2), date(2026, 12, 24))) == 2
    assert await days(desk) == moved
    assert (await desk.file(first)).revision == 2
    assert [each["type"] for each in await desk.said()] == ["ministry_received"] * 2
    assert await desk.rows("SELECT due_on FROM cases WHERE status = 'ended'") == [(due_on,)]


async def test_days_are_reckoned_on_from_where_a_process_was_killed(database: Database) -> None:
    """One step has one case here; what was done stays done."""
    desk = await Desk(database).prepare()
    await announced(desk, year(1))
    await desk.take_in(*(submitted(applicant_id=new_id()) for _ in range(3)))
    async with database.transaction() as tx:
        await copy_years(tx, [year(2, date(2026, 3, 2))])
    async with database.transaction() as tx:
        assert await move_days(tx, at=NOW, limit=2) == 1
    assert await announced(desk, limit=2) == 2
    assert {row[1] for row in await days(desk)} == {date(2026, 3, 5)}


async def test_a_citizen_whose_day_moved_is_told_the_new_one(database: Database) -> None:
    """The announcement of the old one stays; a clock that counts all days does not move."""
    desk = await Desk(database).prepare()
    await announced(desk, year(1))
    counted, paying = submitted(), submitted("S001", answers=BORN_LONG_AGO)
    await desk.take_in(paying, counted)
    async with database.transaction() as tx:
        await tx.execute(
            "UPDATE timers SET days = 5, begins_on = '2026-03-01' WHERE case_id = $1",
            paying.event_id,
        )
    await announced(desk, year(2, date(2026, 3, 2)))
    (reached,) = [each["value"] for each in await desk.said() if each["type"] == "step_reached"]
    assert reached["application_id"] == str(paying.application_id)
    assert reached["step"]["until"] == "2026-03-09"
    assert (await desk.file(paying)).shown is not None


async def test_a_year_without_its_list_promises_nothing(database: Database) -> None:
    """Until it is published, the last day is no promise; the case is worked on all the same."""
    told = SubmissionDeadline(begins_on=date(2026, 3, 1), working_days=3)
    desk, first = await Desk(database).prepare(), submitted(occurred_at=NOW, deadline=told)
    await announced(desk, year(1, of=2025))
    await desk.take_in(first)
    async with database.transaction() as tx:
        view = await read_case(tx, SECRETARY, first.event_id, NOW)
    assert (view.is_due_sourced, view.due_on) == (False, date(2026, 3, 4))
    await announced(desk, year(1))
    async with database.transaction() as tx:
        view = await read_case(tx, SECRETARY, first.event_id, NOW)
        (row,) = await read_queue(tx, SECRETARY, duty=None, only_mine=False, after=None, limit=2)
    assert (view.is_due_sourced, row.due_on) == (True, view.due_on)


async def test_what_no_citizen_was_told_is_no_promise(database: Database) -> None:
    """The clock of the workflow orders the work, whatever source it names."""
    desk, first = await Desk(database).prepare(), submitted(occurred_at=NOW)
    await announced(desk, year(1))
    await desk.take_in(first)
    async with database.transaction() as tx:
        view = await read_case(tx, SECRETARY, first.event_id, NOW)
        (row,) = await read_queue(tx, SECRETARY, duty=None, only_mine=False, after=None, limit=2)
    assert (view.is_due_sourced, row.due_on) == (False, view.due_on)


async def test_a_citizen_is_told_no_day_of_a_year_without_its_list(database: Database) -> None:
    """Neither when her clock begins nor when it is reckoned again."""
    desk = await Desk(database).prepare()
    await announced(desk, year(1))
    first = submitted("S001", answers=BORN_LONG_AGO)
    await desk.take_in(first)
    async with database.transaction() as tx:
        await tx.execute("UPDATE timers SET days = 5, begins_on = '2026-03-01'")
        await tx.execute("DELETE FROM calendar_years")
    await announced(desk, year(1, of=2025))
    shown = (await desk.file(first)).shown
    assert shown is not None
    assert shown.until is None


@pytest.mark.parametrize(
    ("at", "due_on"),
    [
        (datetime(2026, 3, 5, 8, tzinfo=DHAKA), date(2026, 3, 5)),
        (datetime(2026, 3, 5, 9, tzinfo=DHAKA), date(2026, 3, 4)),
    ],
    ids=["before its citizen was told", "after that"],
)
async def test_a_day_off_announced_for_yesterday_takes_nothing_back(
    database: Database, at: datetime, due_on: date
) -> None:
    """Whoever was told at nine that the last day has passed is not told another one."""
    desk = await Desk(database).prepare()
    await announced(desk, year(1))
    await desk.take_in(submitted())
    await announced(desk, year(2, date(2026, 3, 4)), at=at)
    assert {row[1] for row in await days(desk)} == {due_on}


DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))


@given(
    off=st.frozensets(DAYS, max_size=60),
    years=st.frozensets(st.integers(2026, 2030), min_size=1),
    extra=DAYS,
    begins=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    count=st.integers(1, 400),
)
def test_an_extra_day_off_never_brings_a_day_forward(
    off: frozenset[date], years: frozenset[int], extra: date, begins: date, count: int
) -> None:
    """It moves it by one working day at most, and a second time nothing moves."""
    sources = dict.fromkeys(years, "gazette")
    before, after = Calendar(sources, off), Calendar(sources, off | {extra})
    timer = Timer("timeout", end_of_day(before.estimated(begins, count)), False, begins, count)
    deadline = Deadline(NOW.date(), count)
    file = replace(file_of(submitted()), deadline=deadline, due_on=deadline.estimated(before))
    later, moved = reckoned(file, [timer], after, NOW)
    due_at = moved[0].due_at if moved else timer.due_at
    assert timer.due_at <= due_at <= end_of_day(before.estimated(begins, count + 1))
    assert file.due_on <= later.due_on
    again = [replace(timer, due_at=due_at)]
    assert reckoned(later, again, after, NOW) == (later, [])


async def test_a_version_that_comes_again_with_other_days_counts(database: Database) -> None:
    """The catalogue was restored, and two people have published the order anew."""
    desk = await Desk(database).prepare()
    await announced(desk, year(2))
    await desk.take_in(submitted())
    assert await announced(desk, year(1, date(2026, 3, 2))) == 0
    await announced(desk, year(2, date(2026, 3, 2)))
    [(_, due_on, _, _, _)] = await days(desk)
    assert due_on == date(2026, 3, 5)
