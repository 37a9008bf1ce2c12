"""The commands on a case, from people, clocks and other services."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

ClockKind = Literal["timeout", "escalation", "correction"]


@dataclass(frozen=True, slots=True)
class Open:
    """Begin a case: an application has come."""

    on: date


@dataclass(frozen=True, slots=True)
class Act:
    """Choose an action of a task.

    Args:
        visit: the visit that the actor saw.
        action: one of the step's.
        role: in which the actor acts: the one that has the case, or `recorded_by`.
        actor: id of the officer, or of the citizen where the applicant acts.
        files: names of the files that are handed in, of those that the step needs.
        sets: values that the step asks for, by name.
        appointment: the time chosen for the next step, where it needs one.
    """

    visit: int
    action: str
    role: str
    actor: str
    files: frozenset[str] = frozenset()
    sets: Mapping[str, Any] = field(default_factory=dict)
    appointment: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pay:
    """The bill of a fee step is paid.

    Args:
        visit: for which the bill was made.
        receipt: number of the receipt or of the challan.
        actor: who recorded it; empty where payments did.
    """

    visit: int
    receipt: str
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Elapse:
    """A clock has run out; one whose visit is over, or that the visit has not, does nothing."""

    visit: int
    clock: ClockKind


@dataclass(frozen=True, slots=True)
class Happen:
    """Something happened for which a step waits, such as an objection.

    Args:
        visit: the visit that waits.
        name: one of the step's events.
        actor: who recorded it; empty where a system did.
    """

    visit: int
    name: str
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Opine:
    """Give an opinion that a panel asked for.

    Args:
        visit: the visit that the actor saw.
        asked: the role that was asked.
        role: in which the actor acts: the same, or the one that has taken the case over.
        actor: id of the officer.
        clear: false for an objection.
    """

    visit: int
    asked: str
    role: str
    actor: str
    clear: bool
    files: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rank:
    """Give the result of a pool's ranking for a case (`ranking.py`).

    Args:
        visit: the visit in the pool.
        result: selected, or on the waiting list.
        role: in which the actor acts.
        actor: id of the officer who confirmed the list.
        seen: the facts by which the case was ranked.
    """

    visit: int
    result: Literal["selected", "waiting"]
    role: str
    actor: str
    seen: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Appoint:
    """Agree on a time for a step that needs one, or on another one."""

    visit: int
    at: datetime
    role: str
    actor: str


@dataclass(frozen=True, slots=True)
class Correct:
    """The applicant has corrected the form."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The applicant takes the application back."""


@dataclass(frozen=True, slots=True)
class AppealAgainst:
    """The applicant appeals, so many days after the decision."""

    days_since: int


@dataclass(frozen=True, slots=True)
class Move:
    """Take a case of the version before into the workflow's version."""


Command = (
    Open | Act | Pay | Elapse | Happen | Opine | Rank | Appoint | Correct | Withdraw
    | AppealAgainst | Move
)  # fmt: skip
