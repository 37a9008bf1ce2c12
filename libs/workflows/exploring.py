"""Runs a workflow through every state in which a case can be, and finds those without a way out.

Each condition is answered both ways. A bound of more than two visits is taken as two, and three
corrections as one: what a case can do next depends only on whether a bound is used up.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from libs.workflows.case import Case, evolve
from libs.workflows.commands import Command, Open
from libs.workflows.deciding import decide
from libs.workflows.model import Auto, End, Panel, Step, Task, Workflow
from libs.workflows.reading import step_at
from libs.workflows.trying import possible

MOST_STATES: Final = 100_000
_MOST_VISITS: Final = 2
_DECIDED: Final = frozenset({"approved", "refused"})
_ANY_DAY: Final = date(2000, 1, 1)


class TooLarge(Exception):
    """A workflow has more states than are checked."""


def states_without_decision(workflow: Workflow) -> set[str]:
    """Return the steps at which a case can be that can never be approved or refused any more.

    Raises:
        TooLarge: there are too many states to look at.
    """
    plain = _with_plain_conditions(workflow)
    cases, before = _explore(plain)
    decided = [state for state, case in cases.items() if case.outcome in _DECIDED]
    led = set(decided)
    while decided:
        new = [state for state in before[decided.pop()] if state not in led]
        led.update(new)
        decided.extend(new)
    return {
        case.step for state, case in cases.items() if state not in led and case.status != "ended"
    }


def _explore(workflow: Workflow) -> tuple[dict[Hashable, Case], Mapping[Hashable, list[Hashable]]]:
    """Return every case that there can be, by its state, and the states from which each comes.

    Raises:
        TooLarge: there are too many.
    """
    cases = {_state(case): case for case in _beginnings(workflow)}
    before: defaultdict[Hashable, list[Hashable]] = defaultdict(list)
    pending = list(cases.values())
    while pending:
        case = pending.pop()
        for after in _after(workflow, case):
            before[_state(after)].append(_state(case))
            if _state(after) not in cases:
                cases[_state(after)] = after
                pending.append(after)
        if len(cases) > MOST_STATES:
            raise TooLarge(f"more than {MOST_STATES} states; fewer steps need a bound")
    return cases, before


def _after(workflow: Workflow, case: Case) -> Iterator[Case]:
    for command in possible(workflow, case).values():
        yield from _outcomes(workflow, case, command)


def _with_plain_conditions(workflow: Workflow) -> Workflow:
    """Return a workflow in which one number per step says how its conditions are answered."""
    steps = {step_id: _plain(step_id, step) for step_id, step in workflow.steps.items()}
    corrections = workflow.corrections.model_copy(update={"most": 1})
    return workflow.model_copy(update={"steps": steps, "corrections": corrections})


def _plain(step_id: str, step: Step) -> Step:
    change: dict[str, Any] = {"most": step.most and min(step.most, _MOST_VISITS)}
    match step:
        case Auto():
            rules = enumerate(step.rules)
            change["rules"] = tuple(
                rule.model_copy(update={"when": {"fact": step_id, "eq": n}}) for n, rule in rules
            )
        case Panel():
            asked_if = {"fact": step_id, "eq": 0}
            change["ask"] = tuple(
                asked.model_copy(update={"when": asked.when and asked_if}) for asked in step.ask
            )
        case Task():
            change["propose"] = ()
        case _:
            pass
    return step.model_copy(update=change)


def _beginnings(workflow: Workflow) -> Iterator[Case]:
    """Return new cases, and those that come from the version before."""
    yield from _outcomes(workflow, None, Open(_ANY_DAY))
    moved = [rule.to for rule in workflow.moves.rules] if workflow.moves else []
    abolished = [step_id for step_id, step in workflow.steps.items() if step.abolished]
    for step_id in {*moved, *abolished}:
        if not isinstance(workflow.steps[step_id], Auto | Panel | End):
            yield Case(workflow.workflow, workflow.version, step_id, 1)


def _outcomes(workflow: Workflow, case: Case | None, command: Command) -> Iterator[Case]:
    """Return what a command can make of a case, for all answers of conditions."""
    pending: list[tuple[int, ...]] = [()]
    while pending:
        script = pending.pop()
        answers: dict[str, int] = {}
        after = case
        for event in decide(workflow, case, command, _reading(script, answers)):
            after = evolve(after, event)
        if after is not None:
            yield _without_past(workflow, after)
        given = tuple(answers.values())
        for n, step_id in enumerate(answers):
            if n >= len(script):
                others = range(1, _most_answers(workflow.steps[step_id]))
                pending.extend((*given[:n], answer) for answer in others)


def _reading(script: tuple[int, ...], answers: dict[str, int]) -> Callable[[str], int]:
    """Return facts that follow a script, and 0 after it; `answers` has what was asked for."""

    def fact(name: str) -> int:
        if name not in answers:
            answers[name] = script[len(answers)] if len(answers) < len(script) else 0
        return answers[name]

    return fact


def _most_answers(step: Step) -> int:
    return len(step.rules) + 1 if isinstance(step, Auto) else 2


def _without_past(workflow: Workflow, case: Case) -> Case:
    """Return a case without what its next steps do not depend on."""
    bounded = {name: n for name, n in case.entered.items() if workflow.steps[name].most}
    at_panel = isinstance(step_at(workflow, case), Panel)
    return replace(
        case,
        visit=1,
        entered=bounded,
        actors={},
        sets={},
        asked=case.asked if at_panel else (),
        opinions=case.opinions if at_panel else {},
    )


def _state(case: Case) -> Hashable:
    return (
        case.step,
        case.status,
        case.corrections,
        frozenset(case.entered.items()),
        case.asked,
        frozenset(case.opinions),
    )
