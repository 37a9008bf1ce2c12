"""The routes by which two people move open cases to a later version of their workflow."""

from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.clock import Clock
from libs.contracts.lists import ListQuery
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.cases.version_changes import use_cases
from services.cases.version_changes.rules import State, VersionChange, Way

_ROLES: Final = ("operator", "programme")
_BASE: Final = "/v1/operations/version-changes"

ChangeId = Annotated[UUID, Field(description="Id of the change")]

routes = Routes()


class PlanVersionChange(BaseModel):
    """Count the open cases that a version would take over; move none."""

    model_config = ConfigDict(extra="forbid")

    workflow_version: str = Field(
        pattern=r"^S[0-9]{3}@[1-9][0-9]{0,4}$", description="Such as S020@2"
    )
    reason: str = Field(min_length=1, max_length=500)


class StartVersionChange(BaseModel):
    """Start a change that was counted."""

    model_config = ConfigDict(extra="forbid")

    expected: int = Field(ge=0, le=1_000_000_000, description="How many cases it counted")


class WayView(BaseModel):
    """How many cases go from one step to another one, or stay at theirs under the new version.

    Those without `to_step` stay in the version before: nobody can read them now, or a rule forbids
    it.
    """

    from_step: str | None
    to_step: str | None
    cases: int


class VersionChangeView(BaseModel):
    """A change of open cases from one version of a workflow to the next."""

    change_id: UUID
    workflow_version: str
    from_version: int
    state: State
    planned_at: AwareDatetime
    planned_by: str
    reason: str
    started_at: AwareDatetime | None
    started_by: str | None
    ended_at: AwareDatetime | None
    planned: list[WayView] = Field(description="What it would change, as counted")
    expected: int = Field(description="All of them: the number with which it is started")
    done: list[WayView] = Field(description="What it has changed")


class VersionChangeList(BaseModel):
    """Changes, the newest first."""

    items: list[VersionChangeView]
    next: str | None = Field(None, description="Continues the list (`?after=`)")


@routes.get(_BASE, roles=_ROLES, problems=("role_missing",))
async def list_version_changes(
    query: ListQuery,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> VersionChangeList:
    """List the last changes of open cases to another version."""
    found = await use_cases.read_changes(tx, after=query.after, limit=query.one_more)
    page, following = query.page(found, lambda change: change.change_id)
    return VersionChangeList(items=[_view(change) for change in page], next=following)


@routes.post(
    _BASE,
    roles=_ROLES,
    recent_login=True,
    problems=(
        "role_missing",
        "workflow_version_unknown",
        "version_without_moves",
        "version_change_under_way",
    ),
    example={"workflow_version": "S020@2", "reason": "circular of 18 February 2025"},
)
async def plan_version_change(
    body: PlanVersionChange, staff: Staff, tx: Transaction, clock: Clock
) -> VersionChangeView:
    """Plan a change: count the cases that it would move, and move none."""
    change = await use_cases.plan(
        tx, body.workflow_version, reason=body.reason, by=staff.actor, at=clock.now()
    )
    return _view(change)


@routes.post(
    f"{_BASE}/{{change_id}}/start",
    roles=_ROLES,
    recent_login=True,
    problems=(
        "role_missing",
        "version_change_unknown",
        "version_change_not_counted",
        "version_holds_later",
        "version_change_count_differs",
        "second_person_needed",
    ),
    example={"expected": 1200},
)
async def start_version_change(
    change_id: ChangeId, body: StartVersionChange, staff: Staff, tx: Transaction, clock: Clock
) -> VersionChangeView:
    """Start a change that another person has planned, with the number of cases that it counted."""
    change = await use_cases.start(
        tx, change_id, expected=body.expected, by=staff.actor, at=clock.now()
    )
    return _view(change)


@routes.post(
    f"{_BASE}/{{change_id}}/cancellation",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", "version_change_unknown", "version_change_not_counted"),
)
async def cancel_version_change(
    change_id: ChangeId, staff: Staff, tx: Transaction, clock: Clock
) -> VersionChangeView:
    """Cancel a change; cases that it has moved stay in the later version."""
    return _view(await use_cases.cancel(tx, change_id, by=staff.actor, at=clock.now()))


def _view(change: VersionChange) -> VersionChangeView:
    return VersionChangeView(
        change_id=change.change_id,
        workflow_version=change.workflow_key,
        from_version=change.from_version,
        state=change.state,
        planned_at=change.planned_at,
        planned_by=change.planned_by,
        reason=change.reason,
        started_at=change.started_at,
        started_by=change.started_by,
        ended_at=change.ended_at,
        planned=_ways(change.planned),
        expected=change.planned.total(),
        done=_ways(change.done),
    )


def _ways(ways: Mapping[Way, int]) -> list[WayView]:
    return [
        WayView(from_step=way.from_step or None, to_step=way.to_step or None, cases=cases)
        for way, cases in ways.items()
    ]
