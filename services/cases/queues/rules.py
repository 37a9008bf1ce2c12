"""Open tasks, and places in a queue of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from libs.contracts.cases import FiguresBy as By

HEAD: Final = "head"
"""The duty of a superior."""

ASSIGNED_FOR: Final = timedelta(minutes=15)
"""Time for which a case is an officer's; working on it begins it anew."""

FIGURES_OF: Final = timedelta(days=30)
"""Time of which superiors see what came and was done."""

ENDED_KEPT: Final = timedelta(days=90)
"""Time for which a task that has ended is kept for figures."""

MOST_COUNTED: Final = 1_000
"""A queue is counted up to this number."""


@dataclass(frozen=True, slots=True)
class Task:
    """Open work on a case: a duty of an office may act.

    Args:
        case_id: of the case.
        duty: the role that has it.
        visit: of the case's step.
        step: the step.
        office_id: the office.
        workflow_key: the version of the workflow, such as `S005@1`.
        due_on: the last day for the whole case.
        is_promised: whether its citizen was told this day.
        is_paused: whether the time of the case stands still.
        area: code of the area in which the case lies; None where its form has none.
    """

    case_id: UUID
    duty: str
    visit: int
    step: str
    office_id: str
    ministry: str
    public_service_id: str
    tracking_number: str
    workflow_key: str
    due_on: date
    is_promised: bool = False
    is_paused: bool = False
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """An open task with the officer to whom it is assigned, and until when; None for nobody."""

    duty: str
    office_id: str
    ministry: str
    assigned_to: UUID | None
    until: datetime | None

    def is_held(self, at: datetime) -> bool:
        """Whether somebody has it at this time."""
        return self.until is not None and at < self.until


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a case in a queue: the last day, then the id."""

    due_on: date
    case_id: UUID

    def text(self) -> str:
        """Return the place as a list's `next` has it."""
        return f"{self.due_on.isoformat()}.{self.case_id}"


@dataclass(frozen=True, slots=True)
class Row:
    """An open task with its case, as a queue shows it."""

    case_id: UUID
    duty: str
    step: str
    workflow_key: str
    tracking_number: str
    public_service_id: str
    due_on: date
    is_promised: bool
    is_paused: bool
    came_at: datetime
    assigned_to: UUID | None
    assigned_until: datetime | None


@dataclass(frozen=True, slots=True)
class Overdue:
    """An open task whose case is overdue."""

    case_id: UUID
    ministry: str
    tracking_number: str
    workflow_key: str
    step: str
    duty: str
    office_id: str
    due_on: date
    is_promised: bool


@dataclass(frozen=True, slots=True)
class AtStep:
    """How many cases of a step wait for a duty."""

    duty: str
    workflow_key: str
    step: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """By what the work below a superior is counted, and of which part only; None for all."""

    by: By
    office_id: str | None = None
    duty: str | None = None
    public_service_id: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """The work of an office, a duty or a public service, in numbers.

    Args:
        key: of the office, the duty or the public service.
        came: tasks that came in the last days.
        done: those that an officer has done in these days.
        waiting: those that are open now.
        overdue: of them, those whose case is past its last day, and does not stand still.
        median_age: half of those that are open have waited longer; None if none is.
    """

    key: str
    came: int
    done: int
    waiting: int
    overdue: int
    median_age: timedelta | None


def read_place(text: str) -> Place | None:
    """Read a place; None if the text is not one."""
    day, _, case_id = text.partition(".")
    try:
        return Place(date.fromisoformat(day), UUID(case_id))
    except ValueError:
        return None


class Waiting(NamedTuple):
    """A task of a case that nobody can go on with, and since when that is known."""

    office_id: str
    duty: str
    since: datetime


class Unmanned(NamedTuple):
    """Cases that wait for a duty at an office, and that nobody there can go on with."""

    office_id: str
    duty: str
    cases: int
    since: datetime


def unmanned(found: Iterable[Waiting]) -> list[Unmanned]:
    """Count tasks by office and duty, the longest first."""
    by_duty = defaultdict[tuple[str, str], list[datetime]](list)
    for office_id, duty, since in found:
        by_duty[office_id, duty].append(since)
    rows = [Unmanned(*key, len(since), min(since)) for key, since in by_duty.items()]
    return sorted(rows, key=lambda row: (row.since, row.office_id, row.duty))
