"""Reads a case by its workflow: who acts next, which clocks run, which actions there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from libs.workflows.case import Case
from libs.workflows.commands import ClockKind
from libs.workflows.model import (
    APPLICANT,
    CORRECTION,
    Auto,
    End,
    Fee,
    Panel,
    Pool,
    Step,
    Task,
    Unit,
    Wait,
    Window,
    Workflow,
)

WaitsFor = Literal["office", "citizen", "payment", "others", "time", "focal_point"]
"""Whom a case waits for. `others`: several offices that a panel asks; `focal_point`: it is overdue,
and no role is above the one that has it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The person or role that an open case waits for.

    Args:
        on: the kind.
        roles: the roles that may act, at their offices; that of `recorded_by` too.
        pauses: whether the legal clock stands still meanwhile.
    """

    on: WaitsFor
    roles: tuple[str, ...] = ()
    pauses: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock of the present visit.

    Args:
        kind: what runs out; `Elapse` names it.
        days: its length.
        unit: working or calendar days.
        since: from when it counts where that is not the beginning of the visit: an appointment.
    """

    kind: ClockKind
    days: int
    unit: Unit
    since: datetime | None = None


def step_at(workflow: Workflow, case: Case) -> Step:
    """Return the step at which a case is."""
    return workflow.steps[case.step]


def role_of(step: Task | Pool, case: Case) -> str:
    """Return the role that has a case at a step."""
    return case.taken_over_by or step.by


def waits_for(workflow: Workflow, case: Case) -> Waiting | None:
    """Return the person or role that a case waits for; None for an ended one."""
    if case.status == "correction":
        return Waiting("citizen", (APPLICANT,), pauses=True)
    step = step_at(workflow, case)
    match step:
        case Task() if step.by == APPLICANT:
            return Waiting("citizen", (APPLICANT,), pauses=True)
        case Task() | Pool():
            recording = () if case.taken_over_by else (getattr(step, "recorded_by", None),)
            roles = (role_of(step, case), *(role for role in recording if role))
            return Waiting("focal_point" if case.overdue else "office", roles)
        case Panel():
            missing = tuple(role for role in case.asked if role not in case.opinions)
            return Waiting("others", (case.taken_over_by,) if case.taken_over_by else missing)
        case Fee():
            return Waiting("payment", (APPLICANT,), pauses=True)
        case Wait():
            return Waiting("time", pauses=True)
        case _:
            return None


def recorders(workflow: Workflow, case: Case) -> tuple[str, ...]:
    """Return the roles that write down what the applicant or somebody else said or did.

    It is said at the office that has the case next, so those roles; none where a rule goes on.
    """
    step = step_at(workflow, case)
    if case.status != "open":
        return ()
    match step:
        case Task() if step.by == APPLICANT:
            targets = step.do.values()
        case Wait():
            targets = step.on.values()
        case _:
            return ()
    nexts = [workflow.steps[target] for target in targets if target != CORRECTION]
    roles = [found.by for found in nexts if isinstance(found, Task | Pool)]
    return tuple(dict.fromkeys(role for role in roles if role != APPLICANT))


def clocks_of(workflow: Workflow, case: Case) -> tuple[Clock, ...]:
    """Return the clocks of the present visit; none for an ended case."""
    if case.status == "correction":
        corrections = workflow.corrections
        return (Clock("correction", corrections.days, corrections.unit),)
    step = step_at(workflow, case)
    found = []
    match step:
        case Task() | Fee() | Wait() if step.timeout:
            timeout = step.timeout
            found.append(Clock("timeout", timeout.days, timeout.unit, case.appointment))
        case _:
            pass
    match step:
        case Task() | Panel() | Pool() if step.escalate:
            if not case.taken_over_by and not case.overdue:
                days = step.escalate.days
                found.append(Clock("escalation", days, "working", case.appointment))
        case _:
            pass
    return tuple(found)


def actions_at(workflow: Workflow, case: Case) -> Mapping[str, str]:
    """Return the actions of the task at which a case is, with the steps to which they lead.

    Without those that the applicant cannot be asked for any more.
    """
    step = step_at(workflow, case)
    if case.status != "open" or not isinstance(step, Task):
        return {}
    may_ask = case.corrections < workflow.corrections.most
    return {action: to for action, to in step.do.items() if may_ask or to != CORRECTION}


def handed_in(
    workflow: Workflow, step_id: str, action: str
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the files and the values that an action of a task needs.

    Nothing is needed to ask the applicant, to stay at the step, or for a detour: a task that only
    leads back. An end without approval needs the files, and no values.
    """
    task = workflow.steps[step_id]
    if not isinstance(task, Task):
        return frozenset(), frozenset()
    target = task.do[action]
    if target in {CORRECTION, step_id} or _only_leads_back(workflow, target, step_id):
        return frozenset(), frozenset()
    files = {*task.files, *([task.notify.proof] if task.notify else [])}
    reached = workflow.steps[target]
    ends = isinstance(reached, End) and reached.outcome != "approved"
    return frozenset(files), frozenset() if ends else frozenset(task.sets)


def _only_leads_back(workflow: Workflow, target: str, step_id: str) -> bool:
    detour = workflow.steps[target]
    return isinstance(detour, Task) and set(detour.do.values()) == {step_id}


def takes_applications(window: Window | None, day: date) -> bool:
    """Whether a day is within a window; one that closes before it opens goes over New Year."""
    if window is None:
        return True
    today = f"{day:%m-%d}"
    if window.opens <= window.closes:
        return window.opens <= today <= window.closes
    return today >= window.opens or today <= window.closes


def appeal_steps(workflow: Workflow) -> frozenset[str]:
    """Return the steps at which appeals are heard, to which no case comes without one."""
    ends = [step for step in workflow.steps.values() if isinstance(step, End)]
    appealed = _reached(workflow, [end.appeal.to for end in ends if end.appeal])
    return frozenset(appealed - _reached(workflow, [workflow.start, workflow.corrections.then]))


def was_appealed(workflow: Workflow, case: Case) -> bool:
    """Whether the applicant has appealed in a case."""
    return not appeal_steps(workflow).isdisjoint(case.entered)


def _reached(workflow: Workflow, starts: Iterable[str]) -> set[str]:
    """Return the steps to which a case can come from others, without an appeal."""
    pending, reached = list(starts), set[str]()
    while pending:
        step_id = pending.pop()
        if step_id in reached or step_id == CORRECTION:
            continue
        reached.add(step_id)
        step = workflow.steps[step_id]
        if not isinstance(step, End):
            pending.extend(targets_of(step).values())
    return reached


def targets_of(step: Step) -> dict[str, str]:
    """Return where a step can lead, by the place in it that says so."""
    found: dict[str, str | None] = {"exhausted": step.exhausted}
    match step:
        case Task():
            found |= {f"do/{action}": target for action, target in step.do.items()}
        case Fee():
            found["paid"] = step.paid
        case Auto():
            found |= {f"rules/{n}/to": rule.to for n, rule in enumerate(step.rules)}
            found["otherwise"] = step.otherwise
        case Wait():
            found |= {f"on/{name}": target for name, target in step.on.items()}
        case Panel():
            found |= {"all_clear": step.all_clear, "objection": step.objection}
        case Pool():
            found |= {f"ranked/{result}": target for result, target in step.ranked.items()}
        case End():
            found["appeal/to"] = step.appeal.to if step.appeal else None
    timeout = getattr(step, "timeout", None)
    found["timeout/to"] = timeout.to if timeout else None
    return {place: target for place, target in found.items() if target is not None}


def appeal_days(workflow: Workflow, case: Case) -> int | None:
    """Return the calendar days within which the applicant may appeal; None if she cannot."""
    step = step_at(workflow, case)
    return step.appeal.days if isinstance(step, End) and step.appeal else None
