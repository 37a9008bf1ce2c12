"""A change of open cases to a later version of their workflow."""

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from libs.contracts.events import Event
from libs.contracts.ministries import StepReached
from libs.contracts.version_changes import VersionChangeState
from libs.errors import Refused
from libs.workflows.model import Workflow
from services.cases.work.values import CaseFile, Change


class Way(NamedTuple):
    """From which step cases go to which; `to_step` is empty for those that stay as they are."""

    from_step: str
    to_step: str


@dataclass(frozen=True, slots=True)
class VersionChange:
    """A change of the open cases of a workflow from one version to the next.

    Args:
        change_id: its id.
        workflow: such as `S020`.
        version: into which the cases are moved.
        from_version: in which they are.
        state: `counting` and `counted` change nothing; `moving` does.
        cursor: the last case that was looked at.
        planned_at: when it was planned.
        planned_by: by whom.
        reason: why, for the history.
        started_at: when it was started.
        started_by: by another person.
        ended_at: when it was finished or cancelled.
        planned: how many cases would go which way.
        done: how many have gone.
    """

    change_id: UUID
    workflow: str
    version: int
    from_version: int
    state: VersionChangeState
    cursor: UUID | None
    planned_at: datetime
    planned_by: str
    reason: str
    started_at: datetime | None = None
    started_by: str | None = None
    ended_at: datetime | None = None
    planned: Counter[Way] = field(default_factory=Counter)
    done: Counter[Way] = field(default_factory=Counter)

    @property
    def workflow_key(self) -> str:
        """The version into which the cases are moved, such as `S020@2`."""
        return f"{self.workflow}@{self.version}"

    @property
    def from_key(self) -> str:
        """The version in which the cases are, such as `S020@1`."""
        return f"{self.workflow}@{self.from_version}"


def plan(workflow: Workflow, change_id: UUID, by: str, at: datetime, reason: str) -> VersionChange:
    """Return a change into a version, which only counts until it is started.

    Raises:
        Refused: the version says nothing of open cases.
    """
    if workflow.moves is None:
        raise Refused("version_without_moves")
    return VersionChange(
        change_id,
        workflow.workflow,
        workflow.version,
        workflow.moves.from_version,
        "counting",
        None,
        at,
        by,
        reason,
    )


def start(  # noqa: PLR0913
    change: VersionChange,
    *,
    expected: int,
    open_now: int,
    holds_from: date,
    today: date,
    by: str,
    at: datetime,
) -> VersionChange:
    """Start a change that was counted.

    Args:
        change: the change.
        expected: how many cases the person thinks that it moves.
        open_now: how many open cases are in the version before now.
        holds_from: the first day of the version.
        today: the day in Dhaka.
        by: the person, who is not the one that planned it.
        at: the time.

    Raises:
        Refused: it is not counted, its day has not come, the same person planned it, or there are
            another number of cases.
    """
    if change.state != "counted":
        raise Refused("version_change_not_counted")
    if by == change.planned_by:
        raise Refused("second_person_needed")
    if holds_from > today:
        raise Refused("version_holds_later")
    if not expected == open_now == change.planned.total():
        raise Refused("version_change_count_differs", f"{open_now} are open")
    return replace(change, state="moving", cursor=None, started_at=at, started_by=by)


def ways_of(files: Iterable[CaseFile], changes: Sequence[Change], unreadable: int) -> Counter[Way]:
    """Count the cases by the steps that they leave and reach.

    Those without a change stay, and so do unreadable ones, which are counted again the next time.
    """
    reached = {change.file.case_id: change.file.state.step for change in changes}
    ways = Counter(Way(file.state.step, reached.get(file.case_id, "")) for file in files)
    return ways + Counter({Way("", ""): unreadable})


def told_once(changes: Sequence[Change], told_before: Set[UUID]) -> tuple[list[Change], set[UUID]]:
    """Let only one case of a citizen lead to a message; return the cases that do.

    Args:
        changes: of cases.
        told_before: citizens who were told of this change of versions.
    """
    told, told_by = set(told_before), set()
    saying = []
    for change in changes:
        citizen_id = change.file.citizen_id
        announced = [_silenced(event, citizen_id in told) for event in change.announced]
        if any(isinstance(event, StepReached) and event.is_told for event in announced):
            told.add(citizen_id)
            told_by.add(change.file.case_id)
        saying.append(replace(change, announced=announced))
    return saying, told_by


def _silenced(event: Event, was_told: bool) -> Event:  # noqa: FBT001
    if was_told and isinstance(event, StepReached):
        return event.model_copy(update={"is_told": False})
    return event


def after_batch(change: VersionChange, last: UUID | None, at: datetime) -> VersionChange:
    """Return a change after a batch whose last case was this one; None at the end."""
    if last is not None:
        return replace(change, cursor=last)
    if change.state == "counting":
        return replace(change, state="counted", cursor=None)
    return replace(change, state="moved", ended_at=at)
