"""Queues of offices, and what superiors see of them."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest

from libs.database.pool import Database
from libs.ids import new_id
from services.cases.officers.rules import Officer
from services.cases.queues.rules import Place, Wanted, read_place
from services.cases.queues.use_cases import (
    assign_task,
    count_by,
    count_queues,
    read_overdue,
    read_queue,
)
from tests.services.cases.scenes import MEMBER, NOW, SECRETARY, UNION, Desk, acted, submitted

OFFICER = Officer(new_id(), "lgd", "union-U2393", frozenset({"secretary", "chairman"}))
OTHER_OFFICE = UNION.model_copy(update={"office_id": "union-U1"})


async def numbers(desk: Desk, *, only_mine: bool = False, after: Place | None = None) -> list[UUID]:
    """The cases of the queue."""
    async with desk.database.transaction() as tx:
        rows = await read_queue(tx, OFFICER, duty=None, only_mine=only_mine, after=after, limit=2)
    return [row.case_id for row in rows]


async def test_a_queue_has_the_nearest_last_day_first(database: Database) -> None:
    """Of the own office only, a part at a time; what was assigned to me can be seen alone."""
    desk = await Desk(database).prepare()
    late, soon, third = (
        submitted(applicant_id=new_id(), occurred_at=NOW + timedelta(days=days))
        for days in (7, 0, 3)
    )
    elsewhere = submitted(applicant_id=new_id(), office=OTHER_OFFICE)
    await desk.take_in(late, soon, third, elsewhere)
    assert await numbers(desk) == [soon.event_id, third.event_id]
    last = (await desk.file(third)).due_on
    assert await numbers(desk, after=Place(last, third.event_id)) == [late.event_id]
    async with database.transaction() as tx:
        now = await tx.fetchval("SELECT now()")
        await assign_task(tx, third.event_id, "secretary", OFFICER, now, take_over=False)
        counts = await count_queues(tx, OFFICER, last)
    assert await numbers(desk, only_mine=True) == [third.event_id]
    assert [(count.duty, count.waiting) for count in counts] == [("chairman", 0), ("secretary", 3)]
    assert (counts[1].mine, counts[1].due_today, counts[1].overdue) == (1, 1, 1)


@pytest.mark.parametrize(
    ("superior", "seen"),
    [
        (Officer(new_id(), "lgd", "district-1004", frozenset({"head"}), "1004"), True),
        (Officer(new_id(), "lgd", "district-3026", frozenset({"head"}), "3026"), False),
        (Officer(new_id(), "minland", "district-1004", frozenset({"head"}), "1004"), False),
        (Officer(new_id(), "lgd", "headquarters", frozenset({"head"}), None), True),
    ],
    ids=["own area", "other area", "other ministry", "whole country"],
)
async def test_a_superior_sees_what_is_overdue_below(
    database: Database, superior: Officer, seen: bool
) -> None:
    """Of the own ministry and area only, and nothing before its last day has passed."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    last = (await desk.file(first)).due_on
    async with database.transaction() as tx:
        assert await read_overdue(tx, superior, last, 9) == []
        found = await read_overdue(tx, superior, last + timedelta(days=1), 9)
    assert {row.duty for row in found} == ({"ward_member", "secretary"} if seen else set())


async def test_what_waits_for_its_citizen_is_not_overdue(database: Database) -> None:
    """Neither for its office nor for a superior, in the list or in the numbers, until she came."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    await acted(desk, SECRETARY, first.event_id, "forward")
    waiting = submitted("S001", answers={"birth_date": "2020-01-05"}, applicant_id=new_id())
    await desk.take_in(waiting)
    late = (await desk.file(waiting)).due_on + timedelta(days=30)
    superior = Officer(new_id(), "lgd", "headquarters", frozenset({"head"}), None)
    office = Officer(new_id(), "lgd", UNION.office_id, frozenset({"accounts", "chairman"}))
    async with database.transaction() as tx:
        rows = await read_queue(tx, office, duty=None, only_mine=False, after=None, limit=9)
        counts = {count.duty: count for count in await count_queues(tx, office, late)}
        overdue = await read_overdue(tx, superior, late, 9)
        at = datetime.combine(late, time(12), UTC)
        figures = await count_by(tx, superior, Wanted("duty"), at, 9)
    assert {row.duty: row.is_paused for row in rows} == {"accounts": True, "chairman": False}
    assert [(counts[duty].waiting, counts[duty].overdue) for duty in ("accounts", "chairman")] == [
        (1, 0),
        (1, 1),
    ]
    assert [row.duty for row in overdue] == ["chairman"]
    assert {row.key: (row.waiting, row.overdue) for row in figures if row.waiting} == {
        "accounts": (1, 0),
        "chairman": (1, 1),
    }


def test_a_place_is_read_back() -> None:
    """What is no place begins at the beginning."""
    place = Place(NOW.date(), UUID(int=7))
    assert read_place(place.text()) == place
    assert read_place("2026-02-30.x") is None
