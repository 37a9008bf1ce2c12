from datetime import timedelta
from uuid import UUID

from libs.bangladesh.calendar import reference_calendar
from libs.database.pool import Database
from libs.workflows.commands import Elapse
from services.cases.intake.rules import content_of
from services.cases.work import rules
from services.cases.work.values import Order, Published
from services.cases.workflows.use_cases import read_versions
from tests.services.cases.scenes import NOW, Desk, submitted, withdrawn


async def test_a_clock_runs_out_once_however_late(database: Database) -> None:
    """The next in line has the case then, and its old tasks are gone."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    assert await desk.run_out(NOW) == 0
    late = NOW + timedelta(days=400)
    assert [await desk.run_out(late) for _ in range(2)] == [1, 0]
    assert (await desk.file(first)).state.taken_over_by == "chairman"
    assert await desk.rows("SELECT duty FROM tasks") == [("chairman",)]
    assert await desk.rows("SELECT count(*) FROM timers") == [(0,)]


async def test_a_case_whose_payment_does_not_come_lapses(database: Database) -> None:
    """Its citizen was told the last day, and is told the end."""
    desk = await Desk(database).prepare()
    first = submitted("S001", answers={"birth_date": "2020-01-05"})
    await desk.take_in(first)
    (said,) = await desk.said()
    assert said["value"]["step"]["waits_for"] == "payment"
    assert said["value"]["step"]["until"] == "2026-03-31"
    assert await desk.run_out(NOW + timedelta(days=29)) == 0
    assert await desk.run_out(NOW + timedelta(days=32)) == 1
    (_, said) = await desk.said()
    assert (said["type"], said["value"]["outcome"]) == ("ministry_decided", "lapsed")
    assert (await desk.file(first)).closed_at == NOW + timedelta(days=32)


async def test_a_clock_of_a_closed_case_is_gone(database: Database) -> None:
    """Nothing is left that could run out."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first, withdrawn(first))
    assert await desk.rows("SELECT count(*) FROM timers") == [(0,)]
    assert await desk.run_out(NOW + timedelta(days=400)) == 0


async def test_a_damaged_case_holds_up_no_clock_of_another(database: Database) -> None:
    """Its own is looked at again later; an operator is told by what counts damaged values."""
    desk, first, damaged = await Desk(database).prepare(), submitted(), submitted()
    await desk.take_in(damaged, first)
    await desk.damage(damaged)
    late = NOW + timedelta(days=400)
    assert [await desk.run_out(late) for _ in range(2)] == [2, 0]
    assert (await desk.file(first)).state.taken_over_by == "chairman"
    assert await desk.rows("SELECT case_id FROM timers") == [(damaged.event_id,)]
    assert await desk.run_out(late + timedelta(hours=1)) == 1
    assert await desk.rows("SELECT due_at < again_at FROM timers") == [(True,)]


async def test_a_case_without_its_form_holds_up_no_clock_of_another(database: Database) -> None:
    """It is put off, as one that cannot be decrypted."""
    desk, first, without = await Desk(database).prepare(), submitted(), submitted()
    await desk.take_in(without, first)
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM case_content WHERE case_id = $1", without.event_id)
    assert await desk.run_out(NOW + timedelta(days=400)) == 2
    assert (await desk.file(first)).state.taken_over_by == "chairman"
    assert await desk.rows("SELECT case_id FROM timers") == [(without.event_id,)]


async def test_a_clock_of_which_nothing_comes_does_not_run_in_circles(database: Database) -> None:
    """As one that is left of a visit that is over: it is looked at again after an hour."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    async with database.transaction() as tx:
        await tx.execute("UPDATE timers SET visit = visit + 1")
    late = NOW + timedelta(days=400)
    assert [await desk.run_out(late) for _ in range(2)] == [1, 0]


async def test_what_happens_again_after_a_restore_is_another_event(database: Database) -> None:
    """Whoever has read the first one is told the second, also if it has the same revision."""
    desk = await Desk(database).prepare()
    first = submitted("S001", answers={"birth_date": "2020-01-05"})
    await desk.take_in(first)
    file = await desk.file(first)
    async with database.transaction() as tx:
        workflow = (await read_versions(tx, {file.workflow_key}))[file.workflow_key]

    def event_ids(days: int) -> list[UUID]:
        order = Order(Elapse(file.state.visit, "timeout"), NOW + timedelta(days=days))
        change = rules.carry_out(
            workflow, file, file, content_of(first), order, Published(reference_calendar())
        )
        return [event.event_id for event in change.announced] if change else []

    assert len(event_ids(32)) == 1
    assert event_ids(32) == event_ids(32)
    assert event_ids(32) != event_ids(33)
