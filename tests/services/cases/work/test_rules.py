"""An open case has a task, a clock, or a named waiter with a date; one that has ended has none."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.workflows.parsing import parse_workflow
from services.cases.work.rules import as_it_is_to_be
from services.cases.work.values import Change, Order
from tests.services.cases.scenes import NOW, UNION
from tests.services.cases.work.scenes import (
    ANSWERS,
    PUBLISHED,
    WORKFLOWS,
    commands,
    done,
    opened,
)

STEPS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40)), max_size=25)


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
