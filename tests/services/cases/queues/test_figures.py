"""What superiors see of the work below them, in numbers."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from libs.database.pool import Database
from libs.ids import new_id
from services.cases.officers.rules import Officer
from services.cases.queues.rules import ENDED_KEPT, Figure, Wanted
from services.cases.queues.use_cases import count_by, forget_ended
from tests.services.cases.scenes import (
    MEMBER,
    NOW,
    SECRETARY,
    UNION,
    Desk,
    acted,
    submitted,
    withdrawn,
)

HEAD = frozenset({"head"})
SUPERIOR = Officer(UUID(int=8), "lgd", "district-1004", HEAD, "1004")
OTHER_OFFICE = UNION.model_copy(update={"office_id": "union-U1"})
LATE = timedelta(days=200)
LONG_AGO = timedelta(days=3_650)


async def figures(
    desk: Desk, wanted: Wanted, superior: Officer = SUPERIOR
) -> dict[str, tuple[int, int, int]]:
    """Came, done and waiting, by key; the age is known where something waits."""
    found = await counted(desk, wanted, superior)
    assert all((figure.median_age is None) == (figure.waiting == 0) for figure in found)
    return {figure.key: (figure.came, figure.done, figure.waiting) for figure in found}


async def counted(
    desk: Desk, wanted: Wanted, superior: Officer = SUPERIOR, *, later: timedelta = timedelta(0)
) -> Sequence[Figure]:
    """What is counted some time after the database's now, at which tasks come."""
    async with desk.database.transaction() as tx:
        at = await tx.fetchval("SELECT now()")
        return await count_by(tx, superior, wanted, at + later, 100)


async def test_what_came_and_was_done_is_counted_by_office_duty_and_service(
    database: Database,
) -> None:
    """What one duty did is not the other's; what the citizen took back was done by nobody."""
    desk = await Desk(database).prepare()
    first, taken_back = submitted(), submitted(applicant_id=new_id())
    elsewhere = submitted(applicant_id=new_id(), office=OTHER_OFFICE)
    await desk.take_in(first, taken_back, elsewhere)
    # Confirming is a task of the member and of the secretary; then the secretary prepares.
    assert await figures(desk, Wanted("duty")) == {
        "secretary": (3, 0, 3),
        "ward_member": (3, 0, 3),
    }
    await acted(desk, MEMBER, first.event_id, "confirm")
    await desk.take_in(withdrawn(taken_back))
    assert await figures(desk, Wanted("duty")) == {
        "secretary": (4, 0, 2),
        "ward_member": (3, 1, 1),
    }
    await acted(desk, SECRETARY, first.event_id, "forward")
    assert await figures(desk, Wanted("office")) == {
        "union-U1": (2, 0, 2),
        "union-U2393": (6, 2, 1),
    }
    assert await figures(desk, Wanted("service")) == {"S005": (8, 2, 3)}
    assert await figures(desk, Wanted("duty", office_id="union-U2393", duty="chairman")) == {
        "chairman": (1, 0, 1)
    }
    assert await figures(desk, Wanted("duty", public_service_id="S001")) == {}


async def test_what_is_past_its_last_day_is_counted_and_comes_first(database: Database) -> None:
    """After many days all that waits is overdue, and nothing came in the last thirty."""
    desk = await Desk(database).prepare()
    await desk.take_in(submitted(), submitted(applicant_id=new_id(), office=OTHER_OFFICE))
    await desk.take_in(submitted(applicant_id=new_id(), office=OTHER_OFFICE))
    found = await counted(desk, Wanted("office"), later=LATE)
    assert [(figure.key, figure.came, figure.overdue) for figure in found] == [
        ("union-U1", 0, 4),
        ("union-U2393", 0, 2),
    ]
    found = await counted(desk, Wanted("office"), later=-LONG_AGO)
    assert [figure.overdue for figure in found] == [0, 0]


@pytest.mark.parametrize(
    ("superior", "seen"),
    [
        (SUPERIOR, True),
        (Officer(new_id(), "lgd", "district-3026", HEAD, "3026"), False),
        (Officer(new_id(), "minland", "district-1004", HEAD, "1004"), False),
        (Officer(new_id(), "lgd", "headquarters", HEAD, None), True),
    ],
    ids=["own area", "other area", "other ministry", "whole country"],
)
async def test_figures_are_of_the_own_ministry_and_area_only(
    database: Database, superior: Officer, seen: bool
) -> None:
    """Both of what waits and of what was done, by office, by duty and by service."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    for wanted in (Wanted("office"), Wanted("duty"), Wanted("service")):
        found = await figures(desk, wanted, superior)
        total = [sum(numbers) for numbers in zip(*found.values(), strict=True)]
        assert total == ([3, 1, 1] if seen else []), wanted


async def test_half_of_what_waits_is_older(database: Database) -> None:
    """The age is the time at this duty, not that of the case."""
    desk = await Desk(database).prepare()
    cases = [submitted(applicant_id=new_id()) for _ in range(3)]
    await desk.take_in(*cases)
    async with database.transaction() as tx:
        for days, first in zip((1, 4, 30), cases, strict=True):
            await tx.execute(
                "UPDATE tasks SET came_at = now() - $2::interval WHERE case_id = $1",
                first.event_id,
                timedelta(days=days),
            )
        (figure,) = await count_by(tx, SUPERIOR, Wanted("service"), NOW, 9)
    assert figure.median_age is not None
    assert figure.median_age.days == 4


async def test_tasks_that_ended_long_ago_are_forgotten(database: Database) -> None:
    """Others stay; no more than the limit at once."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await acted(desk, MEMBER, first.event_id, "confirm")
    async with database.transaction() as tx:
        ended_at = await tx.fetchval("SELECT max(ended_at) FROM ended_tasks")
        assert await forget_ended(tx, ended_at + ENDED_KEPT) == 0
        assert await tx.fetchval("SELECT count(*) FROM ended_tasks") == 2
        later = ended_at + ENDED_KEPT + timedelta(seconds=1)
        assert [await forget_ended(tx, later, limit=1) for _ in range(3)] == [1, 1, 0]
