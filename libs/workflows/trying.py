"""Tries a workflow on a sample case: what can happen at each step, and where it leads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from libs.conditions import FactOf
from libs.errors import Refused
from libs.workflows.case import Case, evolve
from libs.workflows.commands import (
    Act,
    AppealAgainst,
    Command,
    Correct,
    Elapse,
    Happen,
    Open,
    Opine,
    Pay,
    Rank,
)
from libs.workflows.deciding import decide
from libs.workflows.model import End, Fee, Name, Panel, Pool, Task, Wait, Workflow
from libs.workflows.reading import (
    Clock,
    Waiting,
    actions_at,
    clocks_of,
    handed_in,
    role_of,
    step_at,
    waits_for,
)


@dataclass(frozen=True, slots=True)
class Station:
    """Where a sample case came to.

    Args:
        choice: what led there; empty for the beginning.
        step: the step.
        name: its name.
        status: of the case.
        waiting: whom it waits for; None at the end.
        clocks: that run.
        choices: what can happen next.
    """

    choice: str
    step: str
    name: Name
    status: str
    waiting: Waiting | None
    clocks: Sequence[Clock]
    choices: Sequence[str]


def try_case(workflow: Workflow, facts: FactOf, choices: Sequence[str], on: date) -> list[Station]:
    """Lead a sample case through a workflow.

    Args:
        workflow: the workflow, which the checker has found right.
        facts: of the sample.
        choices: what happens, one after the other, in the words of `possible`.
        on: the day on which it begins.

    Raises:
        Refused: something cannot happen where the case is.
    """
    case = _after(workflow, None, Open(on), facts)
    stations = [_station("", workflow, case)]
    for choice in choices:
        commands = possible(workflow, case)
        if choice not in commands:
            raise Refused("action_unknown", f"{choice}: at {case.step}")
        case = _after(workflow, case, commands[choice], facts)
        stations.append(_station(choice, workflow, case))
    return stations


def possible(workflow: Workflow, case: Case) -> dict[str, Command]:
    """Return all that can be done to a case and all that can happen to it, by name.

    Such as `act accept`, `pay`, `clear fire`, `timeout`; without escalations, which lead nowhere,
    and the withdrawal, which is always possible.
    """
    found: dict[str, Command] = {
        clock.kind: Elapse(case.visit, clock.kind)
        for clock in clocks_of(workflow, case)
        if clock.kind != "escalation"
    }
    if case.status == "correction":
        return {**found, "correct": Correct()}
    return {**found, **dict(_of_step(workflow, case))}


def _of_step(workflow: Workflow, case: Case) -> Iterator[tuple[str, Command]]:
    match step_at(workflow, case):
        case Task() as task:
            yield from _acts(workflow, case, task)
        case Fee():
            yield "pay", Pay(case.visit, "")
        case Wait() as wait:
            yield from ((f"happen {name}", Happen(case.visit, name)) for name in wait.on)
        case Panel():
            yield from _opinions(case)
        case Pool() as pool:
            role, actor = role_of(pool, case), case.step
            yield "rank selected", Rank(case.visit, "selected", role, actor)
            yield "rank waiting", Rank(case.visit, "waiting", role, actor)
        case End(appeal=appeal) if appeal:
            yield "appeal", AppealAgainst(0)
        case _:
            pass


def _acts(workflow: Workflow, case: Case, task: Task) -> Iterator[tuple[str, Command]]:
    """Return the actions, each with all that it needs, and at each step by another person."""
    for action in actions_at(workflow, case):
        files, values = handed_in(workflow, case.step, action)
        sets: Mapping[str, None] = dict.fromkeys(values)
        role = role_of(task, case)
        yield f"act {action}", Act(case.visit, action, role, case.step, files, sets)


def _opinions(case: Case) -> Iterator[tuple[str, Command]]:
    for asked in case.asked:
        if asked not in case.opinions:
            role = case.taken_over_by or asked
            yield f"clear {asked}", Opine(case.visit, asked, role, case.step, clear=True)
            yield f"object {asked}", Opine(case.visit, asked, role, case.step, clear=False)


def _after(workflow: Workflow, case: Case | None, command: Command, facts: FactOf) -> Case:
    for event in decide(workflow, case, command, facts):
        case = evolve(case, event)
    if case is None:
        raise Refused("not_found")
    return case


def _station(choice: str, workflow: Workflow, case: Case) -> Station:
    return Station(
        choice,
        case.step,
        step_at(workflow, case).name,
        case.status,
        waits_for(workflow, case),
        clocks_of(workflow, case),
        sorted(possible(workflow, case)),
    )
