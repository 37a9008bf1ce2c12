"""A case, and how events change it.

`evolve` applies an event; the events of a case, in their order, give the case (`replay`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from libs.workflows.events import (
    Acted,
    AppointmentSet,
    CorrectionAsked,
    Entered,
    Escalated,
    Event,
    Moved,
    Opened,
    OpinionGiven,
    Ranked,
)
from libs.workflows.model import Outcome

Status = Literal["open", "correction", "ended"]
"""`correction`: with the applicant, who is asked to correct; `step` is the one that asked."""


@dataclass(frozen=True, slots=True)
class Case:
    """The state of a case, with the parts of its past that later steps need.

    Args:
        workflow: such as `S025`.
        version: of the workflow that holds for it.
        step: the step at which it is.
        visit: number of this visit of a step; each one has its own, and a correction too. Clocks
            and acts name it, so that those of a visit that is over do nothing.
        status: open, with the applicant for a correction, or ended.
        entered: visits by step.
        corrections: how often the applicant was asked to correct.
        taken_over_by: the role that has it by escalation; None while it has the step's own.
        overdue: whether no role is left to escalate to; the ministry's focal point is named then.
        actors: who acted, by step.
        asked: the roles that the last panel asked.
        opinions: what they said, by role: true is clear.
        proposed: the action that a rule suggested at this visit.
        appointment: the time agreed for this visit.
        sets: values that officers set, by name.
        outcome: of an ended case.
    """

    workflow: str
    version: int
    step: str = ""
    visit: int = 0
    status: Status = "open"
    entered: Mapping[str, int] = field(default_factory=dict)
    corrections: int = 0
    taken_over_by: str | None = None
    overdue: bool = False
    actors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    opinions: Mapping[str, bool] = field(default_factory=dict)
    proposed: str | None = None
    appointment: datetime | None = None
    sets: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome | None = None


def evolve(case: Case | None, event: Event) -> Case:
    """Return the case after an event; `opened` is the first, and makes one.

    Raises:
        ValueError: another event is the first.
    """
    if isinstance(event, Opened):
        return Case(event.workflow, event.version)
    if case is None:
        raise ValueError(f"a history begins with `opened`, not with `{event.type}`")
    match event:
        case Entered():
            return _at_step(case, event)
        case Acted() | Ranked() | OpinionGiven():
            return _with_act(case, event)
        case CorrectionAsked():
            return _with_applicant(case, event)
        case Escalated() | Moved():
            return _with_role(case, event)
        case AppointmentSet():
            return replace(case, appointment=event.at)
        case _:
            return case


def replay(events: Iterable[Event]) -> Case:
    """Return the case that a history gives.

    Raises:
        ValueError: it is empty, or does not begin with `opened`.
    """
    case = None
    for event in events:
        case = evolve(case, event)
    if case is None:
        raise ValueError("a case has a history")
    return case


def _at_step(case: Case, event: Entered) -> Case:
    return replace(
        case,
        step=event.step,
        visit=event.visit,
        status="ended" if event.outcome else "open",
        entered={**case.entered, event.step: case.entered.get(event.step, 0) + 1},
        taken_over_by=None,
        overdue=False,
        asked=event.asked or case.asked,
        opinions={} if event.asked else case.opinions,
        proposed=event.proposed,
        appointment=None,
        outcome=event.outcome,
    )


def _with_act(case: Case, event: Acted | Ranked | OpinionGiven) -> Case:
    actors = case.actors.get(event.step, ())
    if event.actor not in actors:
        case = replace(case, actors={**case.actors, event.step: (*actors, event.actor)})
    if isinstance(event, OpinionGiven):
        return replace(case, opinions={**case.opinions, event.asked: event.clear})
    if isinstance(event, Acted) and event.sets:
        return replace(case, sets={**case.sets, **event.sets})
    return case


def _with_role(case: Case, event: Escalated | Moved) -> Case:
    if isinstance(event, Escalated):
        role = case.taken_over_by if event.to is None else event.to
        return replace(case, taken_over_by=role, overdue=event.to is None)
    role = case.taken_over_by if event.keeps_role else None
    return replace(case, version=event.version, step=event.step or case.step, taken_over_by=role)


def _with_applicant(case: Case, event: CorrectionAsked) -> Case:
    return replace(
        case,
        status="correction",
        visit=event.visit,
        corrections=case.corrections + 1,
        taken_over_by=None,
        overdue=False,
        appointment=None,
    )


def dump_case(case: Case) -> dict[str, Any]:
    """Return a case as JSON values."""
    dumped: dict[str, Any] = _cases().dump_python(case, mode="json", exclude_defaults=True)
    return dumped


def load_case(stored: Mapping[str, Any]) -> Case:
    """Return a case that was stored."""
    return _cases().validate_python(stored)


@cache
def _cases() -> TypeAdapter[Case]:
    return TypeAdapter(Case)
