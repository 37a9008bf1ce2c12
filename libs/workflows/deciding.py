"""The effect of a command on a case: `decide` gives the events, or refuses.

Everything outside is handed in: the workflow of the case's version, the facts, and in the command
who acts and when. Nothing is stored and no clock is read, so a repeat gives the same events.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from libs.conditions import Condition, FactOf, comparisons_in, holds
from libs.errors import Refused
from libs.workflows.case import Case, evolve
from libs.workflows.commands import (
    Act,
    AppealAgainst,
    Appoint,
    Command,
    Correct,
    Elapse,
    Happen,
    Move,
    Open,
    Opine,
    Pay,
    Rank,
    Withdraw,
)
from libs.workflows.events import (
    Acted,
    Appealed,
    AppointmentSet,
    Cause,
    Corrected,
    CorrectionAsked,
    Entered,
    Escalated,
    Event,
    Happened,
    Moved,
    Opened,
    OpinionGiven,
    Paid,
    Ranked,
    TimedOut,
    Withdrawn,
)
from libs.workflows.model import (
    CORRECTION,
    WITHDRAWN,
    Auto,
    End,
    Fee,
    MoveRule,
    Panel,
    Pool,
    Step,
    Task,
    Wait,
    Workflow,
    conditions_of,
)
from libs.workflows.reading import appeal_steps, handed_in, role_of, step_at, takes_applications

_MOST_STEPS_AT_ONCE: Final = 1_000
_FORM: Final = "form."


def decide(
    workflow: Workflow, case: Case | None, command: Command, facts: FactOf
) -> tuple[Event, ...]:
    """Return the events of a command on a case.

    Args:
        workflow: the version that holds for the case; for `Move` the version after it.
        case: the case; None before it is opened.
        command: what somebody wants, or what a clock or another service says.
        facts: returns the fact of a name, or None if it is absent. A register that does not answer
            is the fact `register.match` = `unreachable`, not an absent one.

    Returns:
        The events in their order; none where the command has been carried out before.

    Raises:
        Refused: the case has moved on since the actor saw it, has ended, or does not allow it.
    """
    if case is None:
        if not isinstance(command, Open):
            raise Refused("not_found", "no such case")
        return _open(workflow, command, facts)
    course = _Course(workflow, case, facts)
    _STEPS_OF_COMMANDS[type(command)](course, command)
    return tuple(course.events)


class _Course:
    """The events of a command so far, and the case after them."""

    def __init__(self, workflow: Workflow, case: Case, facts: FactOf) -> None:
        self.workflow = workflow
        self.case = case
        self.events: list[Event] = []
        self._facts = facts

    def facts(self, name: str) -> Any:
        """Return a fact: a value that the command sets holds before an answer of its name."""
        set_name = name.removeprefix(_FORM)
        if name.startswith(_FORM) and set_name in self.case.sets:
            return self.case.sets[set_name]
        return self._facts(name)

    def add(self, event: Event) -> None:
        self.events.append(event)
        self.case = evolve(self.case, event)

    def step_of(self, kind: type[Any], visit: int) -> Any:
        """Return the step at which the case is, if it is of a kind and the visit is this one.

        Raises:
            Refused: it has ended, or moved on.
        """
        step = step_at(self.workflow, self.case)
        if self.case.status == "ended":
            raise Refused("case_ended")
        if visit != self.case.visit or self.case.status != "open" or not isinstance(step, kind):
            raise Refused("case_changed")
        return step

    def go(self, step_id: str, cause: Cause, seen: Mapping[str, Any] | None = None) -> None:
        """Lead the case to a step, and on until it waits for a person or a time, or ends.

        Raises:
            RuntimeError: rules lead in a circle, which the checker refuses.
        """
        seen = dict(seen or {})
        for _ in range(_MOST_STEPS_AT_ONCE):
            step = self.workflow.steps[step_id]
            if step.exhausted and self.case.entered.get(step_id, 0) >= (step.most or 0):
                step_id, cause = step.exhausted, "bound"
                continue
            led = self._enter(step_id, step, cause, seen)
            if led is None:
                return
            step_id, cause, seen = led, "rule", self._seen_at(step)
        raise RuntimeError(f"{self.workflow.key} leads in a circle at {step_id}")

    def _enter(self, step_id: str, step: Step, cause: Cause, seen: Mapping[str, Any]) -> str | None:
        """Enter a step; return where it leads by itself, or None."""
        asked: tuple[str, ...] = ()
        proposed = None
        if isinstance(step, Panel):
            asked = tuple(role.by for role in step.ask if self._holds(role.when))
        if isinstance(step, Task):
            fitting = (rule.do for rule in step.propose if self._holds(rule.when))
            proposed = next(fitting, None)
        if not isinstance(step, Auto):
            seen = {**seen, **self._seen_at(step)}
        outcome = step.outcome if isinstance(step, End) else None
        self.add(Entered(step_id, self.case.visit + 1, cause, seen, asked, proposed, outcome))
        if isinstance(step, Auto):
            fits = (rule.to for rule in step.rules if self._holds(rule.when))
            return next(fits, step.otherwise)
        return step.all_clear if isinstance(step, Panel) and not asked else None

    def _holds(self, condition: Condition | None) -> bool:
        return condition is None or holds(condition, self.facts)

    def _seen_at(self, step: Step) -> dict[str, Any]:
        return self.seen(conditions_of(step).values())

    def seen(self, conditions: Iterable[Condition]) -> dict[str, Any]:
        """Return the facts that conditions name, those that are absent as None."""
        names = [
            comparison["fact"]
            for condition in conditions
            for comparison in comparisons_in(condition)
        ]
        return {name: self.facts(name) for name in names}


def _open(workflow: Workflow, command: Open, facts: FactOf) -> tuple[Event, ...]:
    opened = Opened(
        workflow.workflow, workflow.version, takes_applications(workflow.window, command.on)
    )
    course = _Course(workflow, evolve(None, opened), facts)
    course.events.append(opened)
    course.go(workflow.start, "start")
    return tuple(course.events)


def _act(course: _Course, command: Act) -> None:
    step: Task = course.step_of(Task, command.visit)
    case = course.case
    target = step.do.get(command.action)
    if target is None:
        raise Refused("action_unknown", command.action)
    recorded_for = _check_role(course, step, command.role)
    if command.actor in _not_allowed(course, step):
        raise Refused("second_person_needed")
    if target == CORRECTION and case.corrections >= course.workflow.corrections.most:
        raise Refused("corrections_used_up")
    files, values = handed_in(course.workflow, case.step, command.action)
    if missing := files - command.files:
        raise Refused(
            "files_missing", ", ".join(sorted(missing)), pointer=f"/papers/{min(missing)}"
        )
    if missing := values - command.sets.keys():
        raise Refused(
            "values_missing", ", ".join(sorted(missing)), pointer=f"/values/{min(missing)}"
        )
    sets = {name: command.sets[name] for name in step.sets if name in command.sets}
    course.add(
        Acted(
            case.step,
            case.visit,
            command.action,
            command.role,
            command.actor,
            recorded_for,
            tuple(sorted(command.files)),
            sets,
        )
    )
    if target == CORRECTION:
        course.add(CorrectionAsked(course.case.visit + 1))
        return
    course.go(target, "action")
    reached = step_at(course.workflow, course.case)
    if command.appointment and isinstance(reached, Task) and reached.appointment:
        course.add(AppointmentSet(course.case.visit, command.appointment, command.actor))


def _not_allowed(course: _Course, step: Task) -> set[str]:
    """Return who may not act at a step: on an appeal nobody who acted in the case before it."""
    actors = course.case.actors
    found = set(actors.get(step.other_than or "", ()))
    heard_at = appeal_steps(course.workflow)
    if course.case.step in heard_at:
        found.update(*(acted for at, acted in actors.items() if at not in heard_at))
    return found


def _check_role(course: _Course, step: Task | Pool, role: str) -> str | None:
    """Return on whose behalf an act is entered; None for an own one.

    Raises:
        Refused: the case is not with this role.
    """
    if role == role_of(step, course.case):
        return None
    if isinstance(step, Task) and role == step.recorded_by and not course.case.taken_over_by:
        return step.by
    raise Refused("role_has_not_the_case", role)


def _pay(course: _Course, command: Pay) -> None:
    step: Fee = course.step_of(Fee, command.visit)
    course.add(Paid(command.visit, command.receipt, command.actor))
    course.go(step.paid, "paid")


def _elapse(course: _Course, command: Elapse) -> None:
    case = course.case
    if command.visit != case.visit or case.status == "ended":
        return
    if case.status == "correction":
        if command.clock == "correction":
            course.add(TimedOut(case.visit))
            course.go(course.workflow.corrections.then, "time")
        return
    step = step_at(course.workflow, case)
    timeout = getattr(step, "timeout", None)
    if command.clock == "timeout" and timeout:
        course.add(TimedOut(case.visit))
        course.go(timeout.to, "time")
    if command.clock == "escalation" and not case.taken_over_by and not case.overdue:
        _escalate(course, step)


def _escalate(course: _Course, step: Step) -> None:
    match step:
        case Task() | Panel() | Pool() if step.escalate:
            is_above = isinstance(step, Panel) or step.escalate.to != step.by
            course.add(Escalated(course.case.visit, step.escalate.to if is_above else None))
        case _:
            return


def _happen(course: _Course, command: Happen) -> None:
    step: Wait = course.step_of(Wait, command.visit)
    if command.name not in step.on:
        raise Refused("action_unknown", command.name)
    course.add(Happened(command.visit, command.name, command.actor))
    course.go(step.on[command.name], "happened")


def _opine(course: _Course, command: Opine) -> None:
    step: Panel = course.step_of(Panel, command.visit)
    case = course.case
    if command.asked not in case.asked or command.asked in case.opinions:
        raise Refused("action_unknown", command.asked)
    if command.role != (case.taken_over_by or command.asked):
        raise Refused("role_has_not_the_case", command.role)
    course.add(
        OpinionGiven(
            case.step,
            case.visit,
            command.asked,
            command.role,
            command.actor,
            command.clear,
            tuple(sorted(command.files)),
        )
    )
    if not command.clear:
        course.go(step.objection, "opinion")
    elif len(course.case.opinions) == len(course.case.asked):
        course.go(step.all_clear, "opinion")


def _rank(course: _Course, command: Rank) -> None:
    step: Pool = course.step_of(Pool, command.visit)
    _check_role(course, step, command.role)
    case = course.case
    course.add(
        Ranked(case.step, case.visit, command.result, command.role, command.actor, command.seen)
    )
    course.go(step.ranked[command.result], "ranked")


def _appoint(course: _Course, command: Appoint) -> None:
    step: Task = course.step_of(Task, command.visit)
    if not step.appointment:
        raise Refused("action_unknown", "appointment")
    _check_role(course, step, command.role)
    if course.case.appointment != command.at:
        course.add(AppointmentSet(command.visit, command.at, command.actor))


def _correct(course: _Course, _: Correct) -> None:
    if course.case.status != "correction":
        raise Refused("case_changed")
    course.add(Corrected())
    course.go(course.case.step, "corrected")


def _withdraw(course: _Course, _: Withdraw) -> None:
    if course.case.status == "ended":
        if course.case.step == WITHDRAWN:
            return
        raise Refused("case_ended")
    course.add(Withdrawn())
    course.go(WITHDRAWN, "withdrawn")


def _appeal(course: _Course, command: AppealAgainst) -> None:
    step = step_at(course.workflow, course.case)
    if not isinstance(step, End) or not step.appeal:
        raise Refused("appeal_not_possible")
    if command.days_since > step.appeal.days:
        raise Refused("appeal_too_late")
    course.add(Appealed())
    course.go(step.appeal.to, "appealed")


def _move(course: _Course, _: Move) -> None:
    case, workflow = course.case, course.workflow
    moves = workflow.moves
    if case.version == workflow.version or case.status == "ended":
        return
    if moves is None or case.version != moves.from_version:
        raise Refused("not_found", f"no way from version {case.version}")
    rules = [rule for rule in moves.rules if rule.at == case.step]
    conditions = [rule.when for rule in rules if rule.when]
    fitting = _first_fitting(rules, course.facts)
    seen = course.seen(conditions)
    keeps = case.taken_over_by is None or case.taken_over_by in workflow.roles
    if fitting is None and case.step not in workflow.steps:
        raise Refused("not_found", f"{workflow.key} has no step {case.step}")
    if fitting is None:
        course.add(Moved(workflow.version, seen, keeps_role=keeps))
    elif case.status == "correction":
        course.add(Moved(workflow.version, seen, fitting.to))
    else:
        course.add(Moved(workflow.version, seen, keeps_role=keeps))
        course.go(fitting.to, "moved")


def _first_fitting(rules: Iterable[MoveRule], facts: FactOf) -> MoveRule | None:
    fits = (rule for rule in rules if rule.when is None or holds(rule.when, facts))
    return next(fits, None)


def _open_again(course: _Course, _: Open) -> None:
    """Do nothing: the case has been opened."""


_STEPS_OF_COMMANDS: Mapping[type, Callable[[_Course, Any], None]] = {
    Open: _open_again,
    Act: _act,
    Pay: _pay,
    Elapse: _elapse,
    Happen: _happen,
    Opine: _opine,
    Rank: _rank,
    Appoint: _appoint,
    Correct: _correct,
    Withdraw: _withdraw,
    AppealAgainst: _appeal,
    Move: _move,
}
