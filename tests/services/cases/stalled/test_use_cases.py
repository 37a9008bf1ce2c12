"""An open case has an officer who can act or a clock that runs; one with neither is named."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.database.pool import Database
from libs.errors import Refused
from libs.grievances import GRIEVANCE
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from services.cases.officers.use_cases import save_officers
from services.cases.stalled.capability import Searches
from services.cases.stalled.rules import Search
from services.cases.stalled.use_cases import compare_histories, look_on, repair
from tests.services.cases.scenes import (
    MEMBER,
    NOW,
    UNION,
    Desk,
    acted,
    changed_officer,
    submitted,
    withdrawn,
)

HERE = {"office_id": UNION.office_id}


@pytest.mark.parametrize(
    ("officer", "statement", "is_stalled"),
    [
        (None, "DELETE FROM timers", True),
        (HERE, "DELETE FROM timers", False),
        ({}, "DELETE FROM timers", True),
        ({**HERE, "active": False}, "DELETE FROM timers", True),
        ({**HERE, "duties": ("chairman",)}, "DELETE FROM timers", True),
        (None, "UPDATE timers SET due_at = due_at + interval '1 day'", False),
        (None, "UPDATE timers SET due_at = '2026-03-01 03:00+00'", True),
        (None, "UPDATE timers SET due_at = '2026-03-01 04:30+00'", False),
        (HERE, "DELETE FROM tasks", False),
    ],
    ids=[
        "nobody", "an officer", "of another office", "who left", "with another duty", "a clock",
        "a clock that does not run", "a clock just now", "a clock alone",
    ],
)  # fmt: skip
async def test_a_case_that_nothing_moves_on_is_found(
    database: Database, officer: dict[str, Any] | None, statement: str, *, is_stalled: bool
) -> None:
    """Whichever of the two is missing."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    async with database.transaction() as tx:
        if officer is not None:
            await save_officers(tx, [changed_officer(**officer)])
        await tx.execute(statement)
        search = await look_on(tx, Search(), NOW, limit=9)
    assert (len(search.found), search.is_over) == (int(is_stalled), True)


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_grievance_at_a_body_without_an_officer_is_named_at_once(
    database: Database, *, is_there: bool
) -> None:
    """Its clock gives it to the appeal officer, but after 30 working days only."""
    desk = await Desk(database).prepare()
    await desk.take_in(submitted())
    async with database.transaction() as tx:
        await tx.execute("UPDATE cases SET workflow = $1", GRIEVANCE)
        await tx.execute("UPDATE timers SET kind = 'escalation'")
        if is_there:
            await save_officers(tx, [changed_officer(**HERE)])
        search = await look_on(tx, Search(), NOW, limit=9)
    assert len(search.found) == int(not is_there)


async def test_a_clock_that_was_put_off_hides_no_case(database: Database) -> None:
    """Nothing comes of a clock that ran out and could not be carried out: somebody has to look."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await desk.damage(first)
    late = NOW + timedelta(days=400)
    assert await desk.run_out(late) == 1
    async with database.transaction() as tx:
        search = await look_on(tx, Search(), late + timedelta(minutes=90), limit=9)
    assert search.found == (first.event_id,)


async def test_all_open_cases_are_looked_at_in_parts(database: Database) -> None:
    """And then again from the beginning; the number is that of a whole search."""
    desk = await Desk(database).prepare()
    new = [submitted(applicant_id=new_id()) for _ in range(5)]
    await desk.take_in(*new, withdrawn(new[0]))
    metrics = Metrics("cases")
    searches = Searches(metrics, at_once=2)
    shown = []
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM timers")
        for _ in range(6):
            assert await searches.look_on(tx) == 0
            page = metrics.render().decode()
            shown.append('nagorik_cases_stalled{service="cases"} 4.0' in page)
    assert shown == [False, False, True, True, True, True]


async def test_a_case_with_a_clock_is_not_late_by_being_old(database: Database) -> None:
    """A search at a later time finds it once its clock has not been carried out for an hour."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    async with database.transaction() as tx:
        (due_at,) = (await desk.rows("SELECT due_at FROM timers"))[0]
        found = [
            len((await look_on(tx, Search(), due_at + timedelta(minutes=late), limit=9)).found)
            for late in (-1, 59, 61)
        ]
    assert found == [0, 0, 1]


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM tasks",
        "DELETE FROM timers",
        "UPDATE cases SET state = left(state, -5)",
        "UPDATE cases SET step = 'sign', visit = 9, waits_for = 'time'",
    ],
)
async def test_a_repair_brings_back_what_the_history_tells(database: Database, damage: str) -> None:
    """State, columns, tasks and clocks; a clock counts from when the case came to its step."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    everything = """
        SELECT cases.step, cases.visit, waits_for, duty, office_id, kind, due_at, days
          FROM cases JOIN tasks USING (case_id) JOIN timers USING (case_id) ORDER BY duty
        """
    before = await desk.rows(everything)
    async with database.transaction() as tx:
        await tx.execute(damage)
    async with database.transaction() as tx:
        await repair(tx, first.event_id, by="rana", at=NOW + timedelta(days=9))
    assert await desk.rows(everything) == before != []
    assert (await desk.file(first)).revision == 2
    assert len(await desk.said()) == 1
    assert await desk.rows("SELECT actor, action FROM audit_log") == [("rana", "repair case")]


@pytest.mark.parametrize(
    ("damage", "differs"),
    [
        ("SELECT $1::uuid", False),
        ("UPDATE cases SET state = left(state, -5) WHERE case_id = $1", True),
        ("DELETE FROM history WHERE case_id = $1 AND type = 'acted'", True),
        ("DELETE FROM history WHERE case_id = $1", True),
        ("UPDATE cases SET erased = true WHERE case_id = $1", False),
    ],
)
async def test_a_case_that_is_not_as_its_history_is_named(
    database: Database, damage: str, *, differs: bool
) -> None:
    """Also one of which something cannot be read; part by part, and each once."""
    desk, first, other = await Desk(database).prepare(), submitted(), submitted("S024")
    await desk.take_in(first, other)
    await acted(desk, MEMBER, first.event_id, "confirm")
    async with database.transaction() as tx:
        await tx.execute(damage, first.event_id)
    async with database.transaction() as tx:
        parts = [await compare_histories(tx, UUID(int=0), limit=1)]
        while parts[-1][0]:
            parts.append(await compare_histories(tx, parts[-1][0][-1], limit=1))
    compared = [case_id for cases, _ in parts for case_id in cases]
    is_left_out = "erased" in damage
    assert sorted(compared) == sorted([other.event_id, *([] if is_left_out else [first.event_id])])
    named = [case_id for _, differing in parts for case_id in differing]
    assert named == ([first.event_id] if differs else [])


async def test_a_clock_that_was_stuck_is_carried_out_after_the_repair(database: Database) -> None:
    """It does not wait for the hour."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await desk.damage(first)
    late = NOW + timedelta(days=400)
    assert [await desk.run_out(late) for _ in range(2)] == [1, 0]
    async with database.transaction() as tx:
        await repair(tx, first.event_id, by="rana", at=late)
    assert await desk.run_out(late) == 1
    assert (await desk.file(first)).state.taken_over_by == "chairman"


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ("DELETE FROM case_content", "form is missing"),
        ("DELETE FROM history", "case_unknown"),
        ("UPDATE history SET detail = left(detail, -5)", "decrypted"),
    ],
)
async def test_what_is_lost_is_not_made_up(database: Database, damage: str, why: str) -> None:
    """A backup has it; the case stays as it was."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    async with database.transaction() as tx:
        await tx.execute(damage)
    with pytest.raises(Refused, match=why):
        async with database.transaction() as tx:
            await repair(tx, first.event_id, by="rana", at=NOW)
