"""One thing with many cases: counted, typed, never a refusal; a case that has changed is named."""

from datetime import timedelta
from uuid import UUID

import pytest

from libs.contracts.cases import ActOnCase, ActOnCases, CasesActed, SeenCase
from libs.contracts.problems import PROBLEMS
from libs.database.pool import Database
from libs.errors import Refused
from libs.grievances import GRIEVANCE
from libs.ids import new_id
from services.cases.acts import use_cases as acts
from services.cases.bulk import use_cases
from services.cases.bulk.rules import choices
from services.cases.officers.rules import Officer
from services.cases.queues.use_cases import assign_task
from services.catalogue.workflows.reference import reference_workflows
from tests.services.cases.scenes import NOW, Desk, submitted

SECRETARY = Officer(UUID(int=2), "lgd", "union-U2393", frozenset({"secretary"}))
COLLEAGUE = Officer(UUID(int=3), "lgd", "union-U2393", frozenset({"secretary"}))
AT = {"duty": "secretary", "workflow": "S005@1", "step": "confirm", "action": "confirm"}


async def prepared(database: Database, number: int) -> tuple[Desk, list[UUID]]:
    """So many cases that wait for the secretary to confirm; their ids."""
    desk = await Desk(database).prepare()
    first = [
        submitted(application_id=new_id(), applicant_id=new_id(), event_id=new_id())
        for _ in range(number)
    ]
    await desk.take_in(*first)
    return desk, [each.event_id for each in first]


def wanted(case_ids: list[UUID], **fields: object) -> ActOnCases:
    """What a person wants to do with cases at their first revision."""
    seen = [SeenCase(case_id=case_id, revision=1) for case_id in case_ids]
    return ActOnCases.model_validate(
        {**AT, "count": len(seen), "cases": [case.model_dump() for case in seen], **fields}
    )


async def acted(desk: Desk, body: ActOnCases, officer: Officer = SECRETARY) -> CasesActed:
    """Do it."""
    async with desk.database.transaction() as tx:
        return await use_cases.act(tx, officer, body, NOW)


async def steps(desk: Desk) -> list[str]:
    """The steps at which cases are, sorted."""
    return sorted(row[0] for row in await desk.rows("SELECT step FROM cases"))


async def test_what_waits_is_counted_by_step_and_done_at_once(database: Database) -> None:
    """Each case has its history, with the officer and the office; a repeat does nothing."""
    desk, case_ids = await prepared(database, 3)
    async with database.transaction() as tx:
        (group,) = await use_cases.count_steps(tx, SECRETARY)
        found = await use_cases.read_cases(tx, SECRETARY, "secretary", "S005@1", "confirm")
    assert (group.step, group.waiting) == ("confirm", 3)
    assert [(case.case_id, case.revision) for case in found] == [
        (key, 1) for key in sorted(case_ids)
    ]
    assert await acted(desk, wanted(case_ids)) == CasesActed(done=3, not_done=[])
    assert await steps(desk) == ["prepare"] * 3
    who = "SELECT DISTINCT actor_id, office_id FROM history WHERE actor_id IS NOT NULL"
    assert await desk.rows(who) == [(SECRETARY.officer_id, "union-U2393")]
    again = await acted(desk, wanted(case_ids))
    assert (again.done, len(again.not_done)) == (0, 3)
    assert await steps(desk) == ["prepare"] * 3


async def test_cases_that_have_changed_or_are_with_a_colleague_are_left_and_named(
    database: Database,
) -> None:
    """The others are done; a case that is not there at all is named like a changed one."""
    desk, case_ids = await prepared(database, 3)
    async with database.transaction() as tx:
        body = wanted(case_ids[:1]).model_copy(update={"count": 1})
        await use_cases.act(tx, COLLEAGUE, body, NOW)
        soon = NOW - timedelta(minutes=1)
        await assign_task(tx, case_ids[1], "secretary", COLLEAGUE, soon, take_over=False)
    stranger = new_id()
    found = await acted(desk, wanted([*case_ids, stranger]))
    assert found.done == 1
    assert [(left.case_id, left.reason.en) for left in found.not_done] == [
        (case_ids[0], "The case has changed meanwhile"),
        (case_ids[1], "A colleague has the case now"),
        (stranger, "The case has changed meanwhile"),
    ]
    assert await steps(desk) == ["confirm", "prepare", "prepare"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"count": 3}, "count_differs"),
        ({"action": "not_there"}, "action_unknown"),
        ({"workflow": "S005@9"}, "action_unknown"),
        ({"step": "sign", "action": "refuse"}, "action_unknown"),
        ({"step": "prepare", "action": "ask_correction"}, "action_unknown"),
        ({"step": "pay", "action": "confirm_challan"}, "action_unknown"),
        ({"duty": "chairman"}, "duty_missing"),
    ],
    ids=["number", "action", "version", "refusal", "correction", "fee", "duty"],
)
async def test_what_cannot_be_done_with_many_is_refused(
    database: Database, fields: dict[str, object], code: str
) -> None:
    """Nothing is done with any of them."""
    desk, case_ids = await prepared(database, 2)
    with pytest.raises(Refused, match=code):
        await acted(desk, wanted(case_ids, **fields))
    assert await steps(desk) == ["confirm", "confirm"]


@pytest.mark.parametrize(
    "stranger",
    [
        Officer(UUID(int=9), "lgd", "union-U1", SECRETARY.duties),
        Officer(UUID(int=9), "psd", "union-U2393", SECRETARY.duties),
    ],
    ids=["other office", "other ministry"],
)
async def test_cases_of_others_are_neither_counted_nor_touched(
    database: Database, stranger: Officer
) -> None:
    """They read as changed: nothing says that they are there."""
    desk, case_ids = await prepared(database, 2)
    async with database.transaction() as tx:
        assert not await use_cases.count_steps(tx, stranger)
        assert not await use_cases.read_cases(tx, stranger, "secretary", "S005@1", "confirm")
    found = await acted(desk, wanted(case_ids), stranger)
    assert (found.done, len(found.not_done)) == (0, 2)
    assert await steps(desk) == ["confirm", "confirm"]


async def test_an_act_of_many_is_the_act_of_one(database: Database) -> None:
    """History, tasks and what is announced are the same."""
    desk, (alone, together) = await prepared(database, 2)
    async with database.transaction() as tx:
        view = await acts.read_case(tx, SECRETARY, alone, NOW)
        one = {"revision": view.revision, "duty": "secretary", "action": "confirm"}
        await acts.act(tx, SECRETARY, alone, ActOnCase.model_validate(one), NOW)
    await acted(desk, wanted([together]))
    for sql in (
        "SELECT entry_no, type, actor_id, office_id FROM history WHERE case_id = '{}' ORDER BY 1",
        "SELECT duty, visit, step, office_id FROM tasks WHERE case_id = '{}' ORDER BY 1",
        "SELECT kind, visit, due_at FROM timers WHERE case_id = '{}' ORDER BY 1",
    ):
        assert await desk.rows(sql.format(alone)) == await desk.rows(sql.format(together))


def test_no_workflow_lets_refuse_or_ask_many() -> None:
    """Of all steps of the reference; nor do what needs papers or values."""
    found = {
        (workflow.key, step, choice.action)
        for workflow in reference_workflows()
        for step in workflow.steps
        for choice in choices(workflow, step)
    }
    assert ("S005@1", "sign", "sign") in found
    assert not {action for _, _, action in found} & {"refuse", "ask_correction", "record_challan"}
    assert ("S024@1", "decide", "accept") not in found
    assert not any(key.startswith(GRIEVANCE) for key, _, _ in found)  # each has its own answer


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE case_content SET form = 'x' WHERE case_id = $1",
        "DELETE FROM case_content WHERE case_id = $1",
    ],
)
async def test_a_case_whose_form_cannot_be_read_is_named_and_holds_up_no_other(
    database: Database, damage: str
) -> None:
    """It is neither counted as done nor left out of the answer."""
    desk, case_ids = await prepared(database, 3)
    async with database.transaction() as tx:
        await tx.execute(damage, case_ids[1])
    result = await acted(desk, wanted(case_ids))
    assert result.done == 2
    damaged = PROBLEMS["record_damaged"].title
    assert [(left.case_id, left.reason) for left in result.not_done] == [(case_ids[1], damaged)]
