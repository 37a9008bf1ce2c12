import asyncio
from dataclasses import replace
from datetime import date, datetime

import pytest

from libs.bangladesh.calendar import DHAKA
from libs.database.pool import Database
from libs.database.transaction import Transaction
from services.applications.deadlines.use_cases import mark_overdue
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
