"""Open cases are moved to a later version by two people, in batches."""

import json
from datetime import timedelta

import pytest
from asyncpg.exceptions import CheckViolationError

from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from libs.workflows.parsing import parse_workflow
from services.cases.version_changes import use_cases
from services.cases.version_changes.rules import Way
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
from tests.services.cases.version_changes.scenes import (
    FIRST,
    PLANNER,
    SECRETARYS,
    STARTER,
    TELL,
    TODAY,
    gone_on,
    killed,
    opened,
    planned,
    read,
    second_version,
    started,
    versions,
)


async def test_cases_are_counted_then_moved_and_a_second_time_nothing_is(
    database: Database,
) -> None:
    """Counted by step; tasks and history follow, and what has ended stays as it was."""
    one, other, gone = (submitted(applicant_id=new_id()) for _ in range(3))
    desk = await opened(database, one, other, gone, withdrawn(gone))
    change = await planned(desk)
    assert (change.state, change.planned) == ("counted", {Way("confirm", "prepare"): 2})
    assert await versions(desk) == {(1, "confirm"): 2, (1, "withdrawn"): 1}
    await started(desk, change.change_id, 2)
    assert await gone_on(desk, steps=5) == 3
    change = await read(desk, change.change_id)
    assert (change.state, change.done, change.started_by) == ("moved", change.planned, STARTER)
    assert await versions(desk) == {(2, "prepare"): 2, (1, "withdrawn"): 1}
    assert (await desk.file(one)).state.step == "prepare"
    assert set(await desk.rows("SELECT duty, workflow_key FROM tasks")) == {("secretary", "S005@2")}
    again = await planned(desk, in_steps=1)
    assert (again.state, again.planned) == ("counted", {})
    await started(desk, again.change_id, 0)
    assert await gone_on(desk, steps=2) == 1
    assert (await desk.file(one)).revision == 2


async def test_it_is_started_by_another_person_with_exactly_that_count(
    database: Database,
) -> None:
    """Not with a number of before, and not before its version holds."""
    first = submitted()
    desk = await opened(database, first, submitted(applicant_id=new_id()))
    change = await planned(desk)
    with pytest.raises(Refused, match="second_person_needed"):
        await started(desk, change.change_id, 2, by=PLANNER)
    with pytest.raises(Refused, match="version_change_count_differs"):
        await started(desk, change.change_id, 3)
    await desk.take_in(withdrawn(first))
    with pytest.raises(Refused, match="version_change_count_differs"):
        await started(desk, change.change_id, 2)
    with pytest.raises(CheckViolationError):
        await desk.rows(
            "UPDATE version_changes SET started_by = planned_by, started_at = now() RETURNING 1"
        )
    with pytest.raises(Refused, match="version_change_under_way"):
        await planned(desk)


async def test_a_version_whose_day_has_not_come_moves_nothing(database: Database) -> None:
    """It can be counted before."""
    desk = await Desk(database).prepare([FIRST])
    await desk.take_in(submitted())
    await desk.prepare([second_version(valid_from=TODAY + timedelta(days=1))])
    change = await planned(desk)
    with pytest.raises(Refused, match="version_holds_later"):
        await started(desk, change.change_id, 1)


async def test_a_version_that_says_nothing_of_open_cases_takes_none_over(
    database: Database,
) -> None:
    """Nor does one that nobody has published."""
    desk = await Desk(database).prepare([FIRST, second_version(moves=False)])
    with pytest.raises(Refused, match="version_without_moves"):
        await planned(desk)
    with pytest.raises(Refused, match="workflow_version_unknown"):
        async with database.transaction() as tx:
            await use_cases.plan(tx, "S005@3", reason="circular", by=PLANNER, at=NOW)


async def test_what_is_left_after_a_crash_is_moved(database: Database) -> None:
    """A batch that was not committed has moved nothing; the next one goes on behind the last."""
    desk = await opened(database, *(submitted(applicant_id=new_id()) for _ in range(3)))
    change = await planned(desk, in_steps=4)
    await started(desk, change.change_id, 3)
    assert await gone_on(desk, steps=1) == 1
    with pytest.raises(RuntimeError):
        await killed(desk)
    assert await versions(desk) == {(2, "prepare"): 1, (1, "confirm"): 2}
    await gone_on(desk, steps=3)
    assert (await read(desk, change.change_id)).done == {Way("confirm", "prepare"): 3}
    assert await versions(desk) == {(2, "prepare"): 3}


async def test_a_citizen_is_told_once_and_only_where_something_changes(
    database: Database,
) -> None:
    """Two cases of hers have another office now: both timelines say why, one message is sent."""
    mine, too, other = submitted(), submitted(), submitted(applicant_id=new_id())
    desk = await opened(database, mine, too, other, offices={"S005": [SECRETARYS]})
    change = await planned(desk, in_steps=4)
    await started(desk, change.change_id, 3)
    await gone_on(desk, steps=4)
    said = [each["value"] for each in await desk.said() if each["type"] == "step_reached"]
    assert [event["note"] for event in said] == [TELL] * 3
    assert sorted(event["is_told"] for event in said) == [False, True, True]
    assert {event["step"]["office"]["en"] for event in said} == {"Another office"}


async def test_a_step_within_the_same_office_is_not_told(database: Database) -> None:
    """Nothing changes for her."""
    desk = await opened(database, submitted(office=UNION))
    change = await planned(desk, in_steps=2)
    await started(desk, change.change_id, 1)
    await gone_on(desk, steps=2)
    assert await versions(desk) == {(2, "prepare"): 1}
    assert [each["type"] for each in await desk.said()] == ["ministry_received"]


async def test_a_citizen_who_corrects_or_pays_is_not_asked_again(database: Database) -> None:
    """Her clock runs on as it was, however late the case is moved."""
    paying = {"start": "pay"}
    first = parse_workflow(
        json.dumps(json.loads(FIRST.model_dump_json(exclude_none=True)) | paying)
    )
    desk, corrects = await Desk(database).prepare([FIRST]), submitted()
    await desk.take_in(corrects)
    await acted(desk, MEMBER, corrects.event_id, "confirm")
    note = "a photo is missing"
    await acted(desk, SECRETARY, corrects.event_id, "ask_correction", note=note)
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM workflows")
    await desk.prepare([first])
    pays = submitted(applicant_id=new_id())
    await desk.take_in(pays)
    await desk.prepare([second_version()])
    before = (await desk.said(), await desk.rows("SELECT * FROM timers ORDER BY case_id"))
    change = await planned(desk)
    later = NOW + timedelta(days=5)
    async with database.transaction() as tx:
        await use_cases.start(tx, change.change_id, expected=2, by=STARTER, at=later)
    for _ in range(3):
        async with database.transaction() as tx:
            await use_cases.go_on(tx, at=later)
    assert await versions(desk) == {(2, "prepare"): 1, (2, "pay"): 1}
    assert (await desk.file(corrects)).state.status == "correction"
    assert (await desk.said(), await desk.rows("SELECT * FROM timers ORDER BY case_id")) == before


async def test_a_case_that_nobody_can_read_stays_and_is_counted_so(database: Database) -> None:
    """The others go."""
    fine, damaged = submitted(), submitted(applicant_id=new_id())
    desk = await opened(database, fine, damaged)
    await desk.damage(damaged)
    change = await planned(desk)
    assert change.planned == {Way("confirm", "prepare"): 1, Way("", ""): 1}
    await started(desk, change.change_id, 2)
    await gone_on(desk, steps=3)
    assert (await read(desk, change.change_id)).done == change.planned
    assert await versions(desk) == {(2, "prepare"): 1, (1, "confirm"): 1}


async def test_a_case_whose_step_is_gone_stays_unless_a_rule_leads_it_on(
    database: Database,
) -> None:
    """The checker refuses such a version; a case would be at no step."""
    first = submitted()
    desk = await Desk(database).prepare([FIRST])
    await desk.take_in(first)
    await desk.prepare([second_version(at="prepare")])
    change = await planned(desk)
    assert change.planned == {Way("confirm", ""): 1}
    await started(desk, change.change_id, 1)
    await gone_on(desk, steps=2)
    assert await versions(desk) == {(1, "confirm"): 1}


async def test_a_cancelled_change_moves_no_more(database: Database) -> None:
    """What it has moved stays moved."""
    desk = await opened(database, submitted(), submitted(applicant_id=new_id()))
    change = await planned(desk)
    await started(desk, change.change_id, 2)
    await gone_on(desk, steps=1)
    async with database.transaction() as tx:
        await use_cases.cancel(tx, change.change_id, by=PLANNER, at=NOW)
    assert await gone_on(desk, steps=2) == 0
    assert await versions(desk) == {(2, "prepare"): 1, (1, "confirm"): 1}
    with pytest.raises(Refused, match="version_change_not_counted"):
        async with database.transaction() as tx:
            await use_cases.cancel(tx, change.change_id, by=PLANNER, at=NOW)
