"""The events of a case, which are its history; they are stored as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from libs.workflows.model import Outcome

Cause = Literal[
    "start", "action", "paid", "rule", "time", "happened", "opinion", "ranked", "corrected",
    "withdrawn", "appealed", "moved", "bound",
]  # fmt: skip
"""Why a case came to a step. `bound`: the step that it was to come to had its most visits."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A case began.

    Args:
        workflow: such as `S025`.
        version: that holds for it.
        in_window: whether it came within the days on which applications are taken.
    """

    workflow: str
    version: int
    in_window: bool = True
    type: Literal["opened"] = "opened"


@dataclass(frozen=True, slots=True)
class Entered:
    """A case came to a step.

    Args:
        step: the step.
        visit: number of this visit.
        cause: why.
        seen: the facts that rules saw: those that led here, and those of this step.
        asked: the roles that a panel asks.
        proposed: the action that a rule suggests.
        outcome: of a step that ends the case.
    """

    step: str
    visit: int
    cause: Cause
    seen: Mapping[str, Any] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    proposed: str | None = None
    outcome: Outcome | None = None
    type: Literal["entered"] = "entered"


@dataclass(frozen=True, slots=True)
class Acted:
    """A person chose an action; `recorded_for`: the role on whose behalf it was entered."""

    step: str
    visit: int
    action: str
    role: str
    actor: str
    recorded_for: str | None = None
    files: tuple[str, ...] = ()
    sets: Mapping[str, Any] = field(default_factory=dict)
    type: Literal["acted"] = "acted"


@dataclass(frozen=True, slots=True)
class Paid:
    """A bill was paid."""

    visit: int
    receipt: str
    actor: str = ""
    type: Literal["paid"] = "paid"


@dataclass(frozen=True, slots=True)
class TimedOut:
    """A time was over: that of a step, or that for a correction."""

    visit: int
    type: Literal["timed_out"] = "timed_out"


@dataclass(frozen=True, slots=True)
class Escalated:
    """Another role has the case; `to` is None where no role is above, and it is overdue."""

    visit: int
    to: str | None
    type: Literal["escalated"] = "escalated"


@dataclass(frozen=True, slots=True)
class Happened:
    """Something happened for which the case waited."""

    visit: int
    name: str
    actor: str = ""
    type: Literal["happened"] = "happened"


@dataclass(frozen=True, slots=True)
class OpinionGiven:
    """A role that was asked has answered, or the one that took over has for it."""

    step: str
    visit: int
    asked: str
    role: str
    actor: str
    clear: bool
    files: tuple[str, ...] = ()
    type: Literal["opinion_given"] = "opinion_given"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A pool was ranked."""

    step: str
    visit: int
    result: Literal["selected", "waiting"]
    role: str
    actor: str
    seen: Mapping[str, Any] = field(default_factory=dict)
    type: Literal["ranked"] = "ranked"


@dataclass(frozen=True, slots=True)
class AppointmentSet:
    """A time was agreed."""

    visit: int
    at: datetime
    actor: str
    type: Literal["appointment_set"] = "appointment_set"


@dataclass(frozen=True, slots=True)
class CorrectionAsked:
    """The applicant is asked to correct; `visit` is the one of the correction."""

    visit: int
    type: Literal["correction_asked"] = "correction_asked"


@dataclass(frozen=True, slots=True)
class Corrected:
    """The applicant has corrected."""

    type: Literal["corrected"] = "corrected"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The applicant took the application back."""

    type: Literal["withdrawn"] = "withdrawn"


@dataclass(frozen=True, slots=True)
class Appealed:
    """The applicant appealed."""

    type: Literal["appealed"] = "appealed"


@dataclass(frozen=True, slots=True)
class Moved:
    """Another version of the workflow holds for the case.

    Args:
        version: of the workflow.
        seen: the facts that the rule saw.
        step: to which it goes back after a correction, where that is another one now.
        keeps_role: false where the version has no role any more that had taken the case over.
    """

    version: int
    seen: Mapping[str, Any] = field(default_factory=dict)
    step: str | None = None
    keeps_role: bool = True
    type: Literal["moved"] = "moved"


Event = (
    Opened | Entered | Acted | Paid | TimedOut | Escalated | Happened | OpinionGiven | Ranked
    | AppointmentSet | CorrectionAsked | Corrected | Withdrawn | Appealed | Moved
)  # fmt: skip


def dump_event(event: Event) -> dict[str, Any]:
    """Return an event as JSON values; `type` names its class."""
    dumped: dict[str, Any] = _events().dump_python(event, mode="json", exclude_defaults=True)
    return {"type": event.type, **dumped}


def load_event(stored: Mapping[str, Any]) -> Event:
    """Return an event that was stored."""
    return _events().validate_python(stored)


@cache
def _events() -> TypeAdapter[Event]:
    return TypeAdapter(Annotated[Event, Field(discriminator="type")])
