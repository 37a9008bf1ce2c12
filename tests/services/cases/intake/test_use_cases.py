from datetime import timedelta

import pytest

from libs.contracts.catalogue import TariffChanged
from libs.database.pool import Database
from libs.errors import Unavailable
from libs.ids import new_id
from libs.workflows.model import Step, StepStatus
from services.cases.officers.rules import Officer
from services.catalogue.workflows.reference import reference_workflows
from tests.services.cases.scenes import (
    KARIM,
    NOW,
    TRACE,
    UNION,
    Desk,
    acted,
    changed_tariffs,
    corrected,
    submitted,
    withdrawn,
)


async def test_a_case_is_opened_once_and_its_citizen_is_told_the_step(database: Database) -> None:
    """A repeat opens nothing, and announces nothing."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    await desk.take_in(first)
    (said,) = await desk.said()
    assert (said["type"], said["topic"]) == ("ministry_received", "ministries.desk.v1")
    assert (said["source"], said["trace_id"]) == ("/nagorik/cases", TRACE.trace_id)
    assert said["value"]["served_by"] == "desk"
    assert said["value"]["step"]["waits_for"] == "office"
    assert said["value"]["step"]["office"] == UNION.name.model_dump()
    assert (await desk.file(first)).state.step == "confirm"
    assert await desk.rows("SELECT duty, office_id FROM tasks ORDER BY duty") == [
        ("secretary", "union-U2393"),
        ("ward_member", "union-U2393"),
    ]


async def test_what_a_rule_alone_decides_is_one_event(database: Database) -> None:
    """No step is announced before it, and nobody is waited for."""
    desk, first = await Desk(database).prepare(), submitted("S024", answers={"kind": "theft"})
    await desk.take_in(first)
    (said,) = await desk.said()
    assert (said["type"], said["value"]["outcome"]) == ("ministry_decided", "refused")
    assert said["value"]["note"]["en"] == "Must be made in person"
    assert await desk.rows("SELECT count(*) FROM tasks") == [(0,)]
    assert await desk.rows("SELECT count(*) FROM timers") == [(0,)]


async def test_many_submissions_are_taken_in_at_once_each_in_its_order(database: Database) -> None:
    """One that has no workflow is refused, and holds up no other."""
    desk = await Desk(database).prepare()
    firsts = [submitted(applicant_id=new_id()) for _ in range(5)]
    unknown = submitted("S080", answers={"name_bn": "রহিমা খাতুন"})
    await desk.take_in(*firsts, unknown, withdrawn(firsts[1]), withdrawn(firsts[3]))
    outcomes = [(await desk.file(first)).state.outcome for first in firsts]
    assert outcomes == [None, "withdrawn", None, "withdrawn", None]
    assert [refusal.code for refusal in desk.refused] == ["workflow_missing"]
    assert len(await desk.said()) == 5  # nobody is told of a withdrawal, which is the citizen's
    assert await desk.rows("SELECT count(DISTINCT case_id) FROM tasks") == [(3,)]


async def test_what_somebody_asked_before_is_a_fact(database: Database) -> None:
    """The number of this attempt, and how many cases are open, also within one batch."""
    desk, firsts = await Desk(database).prepare(), [submitted() for _ in range(3)]
    await desk.take_in(*firsts[:2])
    await desk.take_in(withdrawn(firsts[0]))
    await desk.take_in(firsts[2])
    files = [await desk.file(first) for first in firsts]
    assert [(file.attempt, file.other_open) for file in files] == [(1, 0), (2, 1), (3, 1)]


async def test_an_application_that_is_moved_away_and_comes_back_has_a_new_case(
    database: Database,
) -> None:
    """The case of before stays closed."""
    desk, first = await Desk(database).prepare(), submitted()
    again = submitted(application_id=first.application_id)
    await desk.take_in(first, withdrawn(first, moved_to="minland"), again)
    assert (await desk.file(first)).state.outcome == "withdrawn"
    assert (await desk.file(again)).state.outcome is None


async def test_a_withdrawal_that_crossed_the_decision_does_nothing(database: Database) -> None:
    """The decision stands; a correction of a decided case is for a person."""
    desk, first = await Desk(database).prepare(), submitted("S024", answers={"kind": "theft"})
    await desk.take_in(first, withdrawn(first))
    assert desk.refused == []
    await desk.take_in(corrected(first))
    assert [refusal.code for refusal in desk.refused] == ["unknown_key"]


async def test_a_move_that_crossed_the_decision_does_nothing(database: Database) -> None:
    """The application is decided, whichever office is responsible now."""
    desk, first = await Desk(database).prepare(), submitted("S024", answers={"kind": "theft"})
    await desk.take_in(first, corrected(first, cause="office_changed"))
    assert desk.refused == []
    await desk.take_in(corrected(submitted(), cause="office_changed"))
    assert [refusal.code for refusal in desk.refused] == ["unknown_key"]


async def test_submissions_wait_for_the_first_workflows(database: Database) -> None:
    """A new service reads both at once: what it cannot decide yet is no dead letter."""
    desk, first = Desk(database), submitted()
    with pytest.raises(Unavailable, match="catalogue"):
        await desk.take_in(first)
    await desk.prepare()
    await desk.take_in(first)
    assert desk.refused == []
    assert (await desk.file(first)).state.step == "confirm"


async def test_a_correction_that_nobody_asked_for_is_refused(database: Database) -> None:
    """Its form is not stored."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first, corrected(first))
    assert [refusal.code for refusal in desk.refused] == ["case_changed"]
    assert await desk.rows("SELECT count(*) FROM case_content") == [(1,)]


async def test_another_office_gets_the_case_at_its_step(database: Database) -> None:
    """Its tasks go there, its clocks run on, and the citizen is told the office."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    due = await desk.rows("SELECT kind, due_at FROM timers")
    other = UNION.model_copy(update={"office_id": "union-U1"})
    named = other.model_copy(update={"name": UNION.name.model_copy(update={"en": "Another"})})
    await desk.take_in(corrected(first, cause="office_changed", office=named))
    assert await desk.rows("SELECT DISTINCT office_id FROM tasks") == [("union-U1",)]
    assert await desk.rows("SELECT kind, due_at FROM timers") == due
    (_, said) = await desk.said()
    assert (said["type"], said["value"]["step"]["office"]["en"]) == ("step_reached", "Another")
    assert not said["value"]["is_told"]  # applications tells that it was moved, once a citizen


async def test_a_move_that_crosses_a_request_for_correction_asks_for_nothing(
    database: Database,
) -> None:
    """The words of the office that asked stay; her correction names the new office."""
    desk, first = await Desk(database).prepare(), submitted()
    await desk.take_in(first)
    for duty, action in (("ward_member", "confirm"), ("secretary", "ask_correction")):
        officer = Officer(KARIM, "lgd", "union-U2393", frozenset({duty}))
        note = "Write the name as in the NID" if action == "ask_correction" else None
        await acted(desk, officer, first.event_id, action, note=note)
    asked = await desk.said()
    other = UNION.model_copy(update={"office_id": "union-U1"})
    await desk.take_in(corrected(first, cause="office_changed", office=other))
    assert await desk.said() == asked
    assert (await desk.file(first)).state.status == "correction"
    assert desk.refused == []


def sourced(step: Step) -> Step:
    return step.model_copy(update={"status": StepStatus(flow="sourced", days="sourced")})


def unsourced(tariff: TariffChanged) -> TariffChanged:
    rows = [row | {"status": row["status"] | {"amount_bdt": "illustrative"}} for row in tariff.rows]
    return tariff.model_copy(update={"rows": tuple(rows)})


async def test_a_bill_stays_what_it_was_at_another_office(database: Database) -> None:
    """Its amount, its last day, and that nobody has confirmed it."""
    workflows = [
        workflow.model_copy(
            update={"steps": {name: sourced(step) for name, step in workflow.steps.items()}}
        )
        for workflow in reference_workflows()
    ]
    tariffs = [unsourced(tariff) for tariff in changed_tariffs()]
    desk = await Desk(database).prepare(workflows, tariffs)
    first = submitted("S001", answers={"birth_date": "2020-01-05"})
    await desk.take_in(first)
    other = UNION.model_copy(update={"office_id": "union-U1"})
    named = other.model_copy(update={"name": UNION.name.model_copy(update={"en": "Another"})})
    await desk.take_in(
        corrected(first, cause="office_changed", office=named), at=NOW + timedelta(days=3)
    )
    before, after = [said["value"]["step"] for said in await desk.said()]
    assert after["to_pay_poisha"] is not None
    assert not after["is_sourced"]
    assert after.pop("office")["en"] == "Another"
    before.pop("office")
    assert after == before
