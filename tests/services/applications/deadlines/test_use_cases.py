import asyncio
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from libs.bangladesh.calendar import DHAKA, reference_calendar
from libs.bangladesh.deadline import Deadline
from libs.contracts.catalogue import CalendarChanged, CalendarDay
from libs.contracts.language import Text
from libs.database.pool import Database
from libs.database.transaction import Transaction
from services.applications.calendar.use_cases import copy_years
from services.applications.deadlines.use_cases import mark_overdue, move_deadlines
from services.applications.lifecycle.queries import lock_applications, save
from tests.services.applications.scenes import (
    NOW,
    TRACE,
    outbox_events,
    row_count,
    stored_applications,
)
from tests.waiting import PATIENCE_S

PAST = date(2026, 1, 1)


async def test_an_overdue_application_is_announced_once_in_the_trace_of_its_submission(
    tx: Transaction,
) -> None:
    """An application gets one timeline entry and one event; the oldest due date is first."""
    await stored_applications(tx, 4, due_on=date(2026, 11, 24))
    [oldest] = await stored_applications(tx, due_on=PAST)
    marked = [await mark_overdue(tx, at=NOW, limit=2) for _ in range(4)]
    assert marked == [2, 2, 1, 0]
    events = await outbox_events(tx)
    assert [event["type"] for event in events] == ["application_overdue"] * 5
    assert {event["trace_id"] for event in events} == {TRACE.trace_id}
    assert str(oldest.application_id) in {e["value"]["application_id"] for e in events[:2]}
    assert await row_count(tx, "timeline") == 5
    [after] = (await lock_applications(tx, [oldest.application_id])).values()
    assert after == replace(oldest, overdue=True)


async def test_only_an_application_at_its_ministry_can_be_overdue(tx: Transaction) -> None:
    """A returned or closed application, and one without a deadline, are never overdue."""
    for status in ("correction_requested", "approved", "refused", "withdrawn"):
        await stored_applications(tx, status=status, due_on=PAST)
    await stored_applications(tx, due_on=None)
    await stored_applications(tx, status="with_ministry", due_on=PAST)
    assert await mark_overdue(tx, at=NOW, limit=10) == 1


async def test_a_locked_application_is_marked_later(database: Database) -> None:
    """A locked application is skipped, and marked in a later run."""
    async with database.transaction() as tx:
        [one] = await stored_applications(tx, due_on=PAST)
    async with database.transaction() as locking:
        await lock_applications(locking, [one.application_id])
        async with asyncio.timeout(PATIENCE_S), database.transaction() as tx:
            assert await mark_overdue(tx, at=NOW, limit=10) == 0
    async with database.transaction() as tx:
        assert await mark_overdue(tx, at=NOW, limit=10) == 1


async def test_a_new_due_date_after_a_correction_has_a_new_event(tx: Transaction) -> None:
    """The event id is derived from the application and the due date."""
    [one] = await stored_applications(tx, due_on=PAST)
    for due_on in (PAST, PAST, date(2026, 2, 1)):
        await save(tx, [replace(one, due_on=due_on, overdue=False)], [])
        await mark_overdue(tx, at=NOW, limit=10)
    first, again, other = [event["id"] for event in await outbox_events(tx)]
    assert first == again != other


@pytest.mark.parametrize(
    ("at", "marked"),
    [
        (datetime(2026, 11, 25, 23, 59, tzinfo=DHAKA), 0),  # the last day, a Wednesday
        (datetime(2026, 11, 26, 0, 0, tzinfo=DHAKA), 0),
        (datetime(2026, 11, 26, 8, 59, tzinfo=DHAKA), 0),
        (datetime(2026, 11, 26, 9, 0, tzinfo=DHAKA), 1),
        (datetime(2026, 11, 27, 12, 0, tzinfo=DHAKA), 0),  # Friday
        (datetime(2026, 11, 28, 12, 0, tzinfo=DHAKA), 0),  # Saturday
        (datetime(2026, 11, 29, 9, 0, tzinfo=DHAKA), 1),
        (datetime(2026, 12, 16, 9, 0, tzinfo=DHAKA), 0),  # Victory Day, a Wednesday
        (datetime(2026, 12, 17, 9, 0, tzinfo=DHAKA), 1),
        (datetime(2027, 1, 4, 9, 0, tzinfo=DHAKA), 0),  # no list of holidays, so no working day
    ],
)
async def test_a_passed_deadline_is_announced_at_nine_on_a_working_day(
    tx: Transaction, at: datetime, marked: int
) -> None:
    """Nobody gets an SMS at midnight, on a weekend or on a holiday."""
    await stored_applications(tx, due_on=date(2026, 11, 25))
    assert await mark_overdue(tx, at=at, limit=10) == marked


def year_2026(version: int, *days: date) -> CalendarChanged:
    """The reference's days off of the year, and some more, as the catalogue announces them."""
    name = Text(bn="ছুটি", en="Day off")
    shut = sorted({*reference_calendar().shut, *days})
    return CalendarChanged(
        year="2026",
        version=version,
        source="an order",
        days=tuple(CalendarDay(day=day, name=name, source="an order") for day in shut),
    )


DEADLINE = Deadline(date(2026, 11, 24), 5)
DUE = date(2026, 12, 1)


async def moved_by(tx: Transaction, *events: CalendarChanged) -> list[dict[str, Any]]:
    """Read events, move all last days, and return what was announced."""
    await copy_years(tx, events)
    while await move_deadlines(tx, limit=2):
        pass
    return [e for e in await outbox_events(tx) if e["type"] == "application_deadline_moved"]


async def test_a_version_that_comes_again_with_other_days_counts(tx: Transaction) -> None:
    """The catalogue was restored, and two people have published the order anew."""
    await moved_by(tx, year_2026(2))
    [one] = await stored_applications(tx, due_on=DUE)
    await save(tx, [replace(one, deadline=DEADLINE)], [])
    assert await moved_by(tx, year_2026(1, date(2026, 11, 30))) == []
    [told] = await moved_by(tx, year_2026(2, date(2026, 11, 30)))
    assert told["value"]["due_on"] == "2026-12-02"
    assert len(await moved_by(tx, year_2026(2, date(2026, 11, 30)))) == 1


async def test_a_new_day_off_moves_open_deadlines_and_tells_whose(tx: Transaction) -> None:
    """Once, with the day before; another reading, and a day behind the last one, move nothing."""
    await moved_by(tx, year_2026(1))
    applications = await stored_applications(tx, 5, due_on=DUE)
    await save(tx, [replace(one, deadline=DEADLINE) for one in applications], [])
    [other] = await stored_applications(tx, due_on=DUE)  # from before deadlines were kept
    assert await moved_by(tx, year_2026(1)) == []
    told = await moved_by(tx, year_2026(2, date(2026, 11, 30)))
    assert {event["value"]["application_id"] for event in told} == {
        str(one.application_id) for one in applications
    }
    assert {(event["value"]["before"], event["value"]["due_on"]) for event in told} == {
        ("2026-12-01", "2026-12-02")
    }
    assert len(await moved_by(tx, year_2026(2, date(2026, 11, 30)))) == 5
    assert len(await moved_by(tx, year_2026(3, date(2026, 11, 30), date(2026, 12, 3)))) == 5
    stored = await lock_applications(tx, [applications[0].application_id, other.application_id])
    assert [one.due_on for one in stored.values()] == [date(2026, 12, 2), DUE]


async def test_what_stands_still_is_never_overdue(tx: Transaction) -> None:
    """The ministry does not answer for the time of the citizen."""
    [one] = await stored_applications(tx, status="with_ministry", due_on=PAST)
    paused = Deadline(date(2025, 12, 20), 5).paused(PAST)
    await save(tx, [replace(one, deadline=paused)], [])
    assert await mark_overdue(tx, at=NOW, limit=10) == 0
