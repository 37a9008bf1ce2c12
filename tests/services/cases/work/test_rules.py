"""An open case has a task, a clock, or a named waiter with a date; one that has ended has none."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.bangladesh.calendar import reference_calendar
from libs.errors import Refused
from libs.workflows.case import Case
from libs.workflows.commands import Command, Elapse, Move, Open, Withdraw
from libs.workflows.model import Workflow
from libs.workflows.parsing import parse_workflow
from libs.workflows.trying import possible
from services.cases.intake.rules import content_of, file_of
from services.cases.work.rules import as_it_is_to_be, carry_out, due_days, due_on
from services.cases.work.values import CaseFile, Change, Content, Order, Published
from services.catalogue.workflows.reference import reference_tariffs, reference_workflows
from tests.services.cases.scenes import NOW, UNION, submitted

WORKFLOWS: Final[Mapping[str, Workflow]] = {
    workflow.key: workflow for workflow in reference_workflows()
}
PUBLISHED: Final = Published(reference_calendar(), reference_tariffs().rows)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "birth_date": st.sampled_from(["1990-01-31", "2025-12-01", "2026-02-20"]),
        "fields": st.lists(st.sampled_from(["birth_date", "name_bn"])),
        "kind": st.sampled_from(["lost", "theft"]),
        "business_kind": st.sampled_from(["food", "chemical", "service"]),
        "sex": st.sampled_from(["male", "female"]),
        "yearly_income_bdt": st.sampled_from([0, 20_000]),
    },
)
STEPS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40)), max_size=25)


def commands(workflow: Workflow, state: Case) -> Iterator[tuple[Workflow, Command]]:
    """All that can happen to a case, also what belongs to a visit that is over."""
    for command in possible(workflow, state).values():
        yield workflow, command
    for visit in (state.visit, state.visit - 1):
        yield workflow, Elapse(visit, "escalation")
        yield workflow, Elapse(visit, "timeout")
    yield workflow, Withdraw()
    later = WORKFLOWS.get(f"{state.workflow}@{state.version + 1}")
    if later:
        yield later, Move()


def opened(workflow: Workflow, answers: Mapping[str, Any], **fields: Any) -> tuple[Change, Content]:
    """A case of a workflow."""
    made = submitted(workflow.workflow, answers=answers, **fields)
    on = NOW.date()
    state = Case(workflow.workflow, workflow.version)
    due = due_on(workflow, on, PUBLISHED.calendar)
    file = replace(file_of(made), state=state, due_on=due, due_days=due_days(workflow))
    content = content_of(made)
    change = carry_out(workflow, None, file, content, Order(Open(on), NOW), PUBLISHED)
    assert change is not None
    return change, content


def check(change: Change) -> None:
    """The stored rule, of what a change writes."""
    file = change.file
    if file.state.status == "ended":
        assert (change.tasks, change.timers, file.waits_for) == ((), (), None)
        assert file.closed_at is not None
        return
    assert file.closed_at is None
    assert file.waits_for is not None
    assert all(task.office_id and task.visit == file.state.visit for task in change.tasks)
    assert change.tasks or change.timers
    if file.waits_for in {"citizen", "payment", "time"}:
        assert change.timers, "nothing ends the wait"
    else:
        assert change.tasks, "nobody can act"
    assert len({task.duty for task in change.tasks}) == len(change.tasks)


@settings(max_examples=150)
@given(key=st.sampled_from(sorted(WORKFLOWS)), answers=ANSWERS, steps=STEPS)
def test_nothing_stands_still_whatever_happens(
    key: str, answers: dict[str, Any], steps: list[tuple[int, int]]
) -> None:
    """Over commands, clocks and versions; and a repair of it changes no task and no clock."""
    workflow, at = WORKFLOWS[key], NOW
    change, content = opened(workflow, answers)
    check(change)
    file, entries = change.file, [*change.entries]
    for choice, days in steps:
        at += timedelta(days=days)
        found = list(commands(workflow, file.state))
        holding, command = found[choice % len(found)]
        later = done(holding, file, content, Order(command, at))
        if later is None:
            continue
        check(later)
        entries += later.entries
        workflow, file, change = holding, later.file, later
    repaired = as_it_is_to_be(workflow, file, content, entries, PUBLISHED, at)
    check(repaired)
    assert [task.duty for task in repaired.tasks] == [task.duty for task in change.tasks]
    assert {timer.kind for timer in repaired.timers} == {timer.kind for timer in change.timers}


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_step_at_an_office_that_nobody_confirmed_says_so(confirmed: bool) -> None:
    """Also where the step and its days were published."""
    content = json.loads(WORKFLOWS["S005@1"].model_dump_json(exclude_none=True))
    content["start"] = "confirm"
    content["steps"]["confirm"]["status"]["days"] = "sourced"
    office = UNION.model_copy(update={"confirmed": confirmed})
    change, _ = opened(parse_workflow(json.dumps(content)), {}, office=office)
    assert change.file.shown is not None
    assert change.file.shown.office == office.name
    assert change.file.shown.is_sourced == confirmed


def done(workflow: Workflow, file: CaseFile, content: Content, order: Order) -> Change | None:
    """What a command changes; None if nothing."""
    try:
        return carry_out(workflow, file, file, content, order, PUBLISHED)
    except Refused:
        return None
