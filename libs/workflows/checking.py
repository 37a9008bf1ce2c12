"""Checks a workflow before a case goes by it: each problem has a place and a reason.

What the shape tells is found by `parsing.py`; here is what two places together tell. Whether a case
can always go on to a decision is found by running it (`exploring.py`).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from libs.workflows.answers import answer_schema, wrong_comparison
from libs.workflows.exploring import TooLarge, states_without_decision
from libs.workflows.facts import address_pointer
from libs.workflows.model import (
    APPLICANT,
    CORRECTION,
    LAPSED,
    WITHDRAWN,
    Auto,
    End,
    Fee,
    Panel,
    Pool,
    Step,
    Task,
    Workflow,
    conditions_of,
)
from libs.workflows.parsing import Problem, Wrong, parse_workflow
from libs.workflows.reading import targets_of

IN_PERSON: Final = "in_person"
"""The one end without approval to which a rule may lead: it cannot be done online."""


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a workflow may use beside its own steps and roles.

    Args:
        items: of the tariffs.
        bodies: ids of ministries and other bodies.
        form: the schema of the form of its public service, with its own `$defs`.
        before: the version before; None for a first version.
    """

    items: Collection[str]
    bodies: Collection[str]
    form: Mapping[str, Any]
    before: Workflow | None = None


def check_text(text: str, known: Known) -> list[Problem]:
    """Return what is wrong with a workflow's file; nothing if it can be published."""
    try:
        workflow = parse_workflow(text)
    except Wrong as wrong:
        return list(wrong.problems)
    return check_workflow(workflow, known)


def check_workflow(workflow: Workflow, known: Known) -> list[Problem]:
    """Return what is wrong with a workflow; nothing if it can be published."""
    checks = (
        _check_head,
        _check_targets,
        _check_roles,
        _check_limits,
        _check_refusals,
        _check_conditions,
        _check_pointers,
        _check_values,
        _check_version,
    )
    problems = [problem for check in checks for problem in check(workflow, known)]
    return problems or list(_check_circles(workflow)) or list(_check_ways(workflow))


def _check_head(workflow: Workflow, known: Known) -> Iterator[Problem]:
    if workflow.body not in known.bodies:
        yield Problem("/body", f"there is no body `{workflow.body}`")
    if len({workflow.workflow, *workflow.also}) <= len(workflow.also):
        yield Problem("/also", "a public service stands twice")
    for name, outcome in ((LAPSED, "lapsed"), (WITHDRAWN, "withdrawn")):
        end = workflow.steps.get(name)
        if not isinstance(end, End) or end.outcome != outcome:
            yield Problem(f"/steps/{name}", f"must be the end with the outcome `{outcome}`")
    start = workflow.steps.get(workflow.start)
    if start is None or start.abolished or isinstance(start, End):
        yield Problem("/start", f"`{workflow.start}` is no step at which a case can begin")
    if workflow.corrections.then not in workflow.steps:
        yield Problem("/corrections/then", f"there is no step `{workflow.corrections.then}`")
    ends = [step for step in workflow.steps.values() if isinstance(step, End)]
    if not any(end.outcome == "approved" for end in ends):
        yield Problem("/steps", "no end has the outcome `approved`")


def _check_targets(workflow: Workflow, known: Known) -> Iterator[Problem]:
    for step_id, step in workflow.steps.items():
        for place, target in targets_of(step).items():
            if reason := _wrong_target(workflow, step, place, target):
                yield Problem(f"/steps/{step_id}/{place}", reason)
        if isinstance(step, Fee):
            for item in sorted(set(step.items) - set(known.items)):
                yield Problem(f"/steps/{step_id}/items", f"no tariff has the item `{item}`")
        if isinstance(step, Task):
            yield from _check_task(workflow, step_id, step)
        if isinstance(step, Pool) and len(step.ranked) != len(("selected", "waiting")):
            yield Problem(f"/steps/{step_id}/ranked", "needs `selected` and `waiting`")


def _check_roles(workflow: Workflow, known: Known) -> Iterator[Problem]:  # noqa: ARG001
    used = set()
    for step_id, step in workflow.steps.items():
        for place, role in _roles_of(step):
            used.add(role)
            if role not in workflow.roles and not (role == APPLICANT and place == "by"):
                yield Problem(f"/steps/{step_id}/{place}", f"there is no role `{role}`")
        if isinstance(step, Panel) and len({asked.by for asked in step.ask}) < len(step.ask):
            yield Problem(f"/steps/{step_id}/ask", "a role is asked twice")
    for role_id in workflow.roles:
        if role_id not in used or role_id == APPLICANT:
            yield Problem(f"/roles/{role_id}", "no officer of this role acts at any step")


def _wrong_target(workflow: Workflow, step: Step, place: str, target: str) -> str | None:
    if target == CORRECTION:
        by_officer = isinstance(step, Task) and step.by != APPLICANT and place.startswith("do/")
        return None if by_officer else "only an officer can ask for a correction"
    if target not in workflow.steps:
        return f"there is no step `{target}`"
    if place == "appeal/to" and not isinstance(workflow.steps[target], Task | Auto):
        return "an appeal goes to somebody who decides"
    return f"`{target}` is abolished" if workflow.steps[target].abolished else None


def _roles_of(step: Step) -> Iterator[tuple[str, str]]:
    match step:
        case Task() | Pool():
            yield "by", step.by
        case Panel():
            yield from ((f"ask/{n}/by", asked.by) for n, asked in enumerate(step.ask))
        case _:
            return
    if step.escalate:
        yield "escalate/to", step.escalate.to
    if isinstance(step, Task) and step.recorded_by:
        yield "recorded_by", step.recorded_by


def _check_task(workflow: Workflow, step_id: str, task: Task) -> Iterator[Problem]:
    place = f"/steps/{step_id}"
    if task.other_than and not isinstance(workflow.steps.get(task.other_than), Task):
        yield Problem(f"{place}/other_than", f"nobody acts at `{task.other_than}`")
    if task.recorded_by == task.by:
        yield Problem(f"{place}/recorded_by", "the role acts for itself")
    if set(task.do.values()) == {CORRECTION}:
        yield Problem(f"{place}/do", "after the last correction nothing can be chosen")
    for n, proposal in enumerate(task.propose):
        if proposal.do not in task.do:
            yield Problem(f"{place}/propose/{n}/do", f"there is no action `{proposal.do}`")
        if proposal.when is None and n + 1 < len(task.propose):
            yield Problem(f"{place}/propose/{n + 1}", "nothing comes after one that always holds")


def _check_limits(workflow: Workflow, known: Known) -> Iterator[Problem]:  # noqa: ARG001
    for step_id, step in workflow.steps.items():
        place = f"/steps/{step_id}"
        if (step.most is None) != (step.exhausted is None):
            yield Problem(place, "`most` and `exhausted` belong together")
        if isinstance(step, End) and step.most:
            yield Problem(f"{place}/most", "an end is not left, and needs no bound")
        if not isinstance(step, Task):
            continue
        if not step.timeout and not step.escalate:
            yield Problem(place, "somebody must act, and no time ends it: `timeout` or `escalate`")
        if step.by == APPLICANT and (not step.timeout or step.escalate or step.recorded_by):
            yield Problem(place, "the applicant has a `timeout`, and nobody takes it over")


def _check_refusals(workflow: Workflow, known: Known) -> Iterator[Problem]:  # noqa: ARG001
    """A rule alone refuses nobody: the act on automated decisions leaves that to a person."""
    for step_id, step in workflow.steps.items():
        if not isinstance(step, Auto | Fee | Panel):
            continue
        for place, target in targets_of(step).items():
            reached = workflow.steps.get(target)
            by_nobody = place not in {"objection", "timeout/to"}
            if by_nobody and isinstance(reached, End) and reached.outcome == "refused":
                if isinstance(step, Auto) and target == IN_PERSON:
                    continue
                yield Problem(f"/steps/{step_id}/{place}", "it would refuse without a person")


def _check_conditions(workflow: Workflow, known: Known) -> Iterator[Problem]:
    sets = {name for step in workflow.steps.values() for name in getattr(step, "sets", ())}
    found = {
        f"/steps/{step_id}/{place}": condition
        for step_id, step in workflow.steps.items()
        for place, condition in conditions_of(step).items()
    }
    if workflow.moves:
        rules = enumerate(workflow.moves.rules)
        found |= {f"/moves/rules/{n}/when": rule.when for n, rule in rules if rule.when}
    for step_id, step in workflow.steps.items():
        if isinstance(step, Pool):
            found |= {
                f"/steps/{step_id}/rank_by/{n}": {"fact": ranked.fact, "present": True}
                for n, ranked in enumerate(step.rank_by)
            }
    for place, condition in found.items():
        if reason := wrong_comparison(condition, known.form, known.items, sets):
            yield Problem(place, reason)


def _check_pointers(workflow: Workflow, known: Known) -> Iterator[Problem]:
    for role_id, role in workflow.roles.items():
        if role.by is None and role.level != "national":
            yield Problem(f"/roles/{role_id}/by", "nothing says where the office is")
        elif role.by and not _is_address(known.form, role.by):
            yield Problem(f"/roles/{role_id}/by", f"the form has no address `{role.by}`")
    for step_id, step in workflow.steps.items():
        if isinstance(step, Pool) and answer_schema(known.form, step.group_by) is None:
            yield Problem(f"/steps/{step_id}/group_by", f"the form has no `{step.group_by}`")
        if isinstance(step, Task) and step.notify:
            parties = step.notify.parties
            if (answer_schema(known.form, parties) or {}).get("type") != "array":
                yield Problem(f"/steps/{step_id}/notify/parties", f"no list is at `{parties}`")


def _is_address(form: Mapping[str, Any], pointer: str) -> bool:
    found = answer_schema(form, address_pointer(pointer))
    return found is not None and "area" in found.get("properties", {})


def _check_values(workflow: Workflow, _: Known) -> Iterator[Problem]:
    are_set = {name for step in workflow.steps.values() for name in getattr(step, "sets", ())}
    for name, value in (workflow.values or {}).items():
        place = f"/values/{name}"
        if name not in are_set:
            yield Problem(place, "no task sets it")
        if (value.kind == "choice") != (value.choices is not None):
            yield Problem(f"{place}/choices", "a choice has choices, and nothing else has")
        limits = [limit for limit in (value.least, value.most) if limit is not None]
        if value.kind != "whole" and limits:
            yield Problem(place, "only a whole number has limits")
        if limits != sorted(limits):
            yield Problem(f"{place}/most", "less than `least`")


def _check_version(workflow: Workflow, known: Known) -> Iterator[Problem]:
    before = known.before
    if workflow.version > 1 and before is None:
        yield Problem("/version", f"version {workflow.version - 1} is needed to check this one")
    if workflow.version > 1 and before is not None:
        yield from _check_order(workflow, before)
    former = before.steps if before and workflow.version > 1 else {}
    for step_id, step in former.items():
        if step_id not in workflow.steps:
            yield Problem(f"/steps/{step_id}", "the version before has it, so it must stay")
        elif workflow.steps[step_id].kind != step.kind:
            yield Problem(f"/steps/{step_id}/kind", f"was `{step.kind}`, and cases may be there")
    for step_id, step in workflow.steps.items():
        if step.abolished and step_id not in former:
            yield Problem(f"/steps/{step_id}/abolished", "the version before does not have it")
    yield from _check_moves(workflow, former)


def _check_order(workflow: Workflow, before: Workflow) -> Iterator[Problem]:
    if (workflow.workflow, workflow.version - 1) != (before.workflow, before.version):
        yield Problem("/version", f"does not follow {before.key}")
    if workflow.valid_from <= before.valid_from:
        yield Problem("/valid_from", f"version {before.version} holds from {before.valid_from}")


def _check_moves(workflow: Workflow, former: Mapping[str, Step]) -> Iterator[Problem]:
    moves = workflow.moves
    if moves is None:
        return
    if moves.from_version != workflow.version - 1:
        yield Problem("/moves/from_version", "cases come from the version before this one")
    for n, rule in enumerate(moves.rules):
        at, to = former.get(rule.at), workflow.steps.get(rule.to)
        if at is None or isinstance(at, End):
            yield Problem(f"/moves/rules/{n}/at", f"no open case is at `{rule.at}`")
        if to is None or to.abolished or (isinstance(to, End) and to.outcome == "refused"):
            yield Problem(f"/moves/rules/{n}/to", f"no case can be moved to `{rule.to}`")


def _check_circles(workflow: Workflow) -> Iterator[Problem]:
    """Find circles of rules and clocks in which nobody acts.

    A bound breaks a circle only if it leads out of it: after its most visits a step leads to where
    it is exhausted, so that alone counts for a step with a bound.
    """
    leads = {
        step_id: {step.exhausted} if step.exhausted else set(_leads_by_itself(step))
        for step_id, step in workflow.steps.items()
    }
    try:
        TopologicalSorter(leads).prepare()
    except CycleError as circle:
        steps: list[str] = circle.args[1]
        yield Problem(f"/steps/{steps[0]}", f"rules and clocks lead in a circle: {steps}")


def _leads_by_itself(step: Step) -> Iterator[str]:
    for place, target in targets_of(step).items():
        unasked = isinstance(step, Panel) and all(asked.when for asked in step.ask)
        if isinstance(step, Auto) or place == "timeout/to" or (unasked and place == "all_clear"):
            yield target


def _check_ways(workflow: Workflow) -> Iterator[Problem]:
    reached = _reached_from(workflow)
    for step_id in workflow.steps.keys() - reached:
        yield Problem(f"/steps/{step_id}", "no way leads there; a former step is `abolished`")
    try:
        for step_id in sorted(states_without_decision(workflow)):
            yield Problem(f"/steps/{step_id}", "a case can come here and never be decided")
    except TooLarge as too_large:
        yield Problem("/steps", str(too_large))


def _reached_from(workflow: Workflow) -> set[str]:
    """Return the steps to which a case can come, by any way."""
    moved = [rule.to for rule in workflow.moves.rules] if workflow.moves else []
    abolished = [step_id for step_id, step in workflow.steps.items() if step.abolished]
    pending = [workflow.start, LAPSED, WITHDRAWN, workflow.corrections.then, *moved, *abolished]
    reached: set[str] = set()
    while pending:
        step_id = pending.pop()
        if step_id in reached or step_id == CORRECTION:
            continue
        reached.add(step_id)
        pending.extend(targets_of(workflow.steps[step_id]).values())
    return reached
