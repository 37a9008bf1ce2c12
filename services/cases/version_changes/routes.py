"""The routes by which two people move open cases to a later version of their workflow."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from libs.clock import Clock
from libs.contracts.language import Text
from libs.contracts.lists import ListQuery
from libs.contracts.version_changes import (
    PlanVersionChange,
    StartVersionChange,
    VersionChangeList,
    VersionChangeView,
    WayView,
)
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from libs.workflows.model import Workflow
from services.cases.version_changes import use_cases
from services.cases.version_changes.rules import VersionChange, Way
from services.cases.workflows import use_cases as workflows

_ROLES: Final = ("operator", "programme")
_BASE: Final = "/v1/operations/version-changes"
_UNKNOWN: Final = "version_change_unknown"

ChangeId = Annotated[UUID, Field(description="Id of the change")]

routes = Routes()


@routes.get(_BASE, roles=_ROLES, problems=("role_missing",))
async def list_version_changes(
    query: ListQuery,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> VersionChangeList:
    """List the last changes of open cases to another version."""
    found = await use_cases.read_changes(tx, after=query.after, limit=query.one_more)
    page, following = query.page(found, lambda change: change.change_id)
    return VersionChangeList(items=await _views(tx, page), next=following)


@routes.get(f"{_BASE}/{{change_id}}", roles=_ROLES, problems=("role_missing", _UNKNOWN))
async def read_version_change(
    change_id: ChangeId,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> VersionChangeView:
    """Read a change with its counts, and how far it has come."""
    return await _view(tx, await use_cases.read_change(tx, change_id))


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
    return await _view(tx, change)


@routes.post(
    f"{_BASE}/{{change_id}}/start",
    roles=_ROLES,
    recent_login=True,
    problems=(
        "role_missing",
        _UNKNOWN,
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
    return await _view(tx, change)


@routes.post(
    f"{_BASE}/{{change_id}}/cancellation",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", _UNKNOWN, "version_change_not_counted"),
)
async def cancel_version_change(
    change_id: ChangeId, staff: Staff, tx: Transaction, clock: Clock
) -> VersionChangeView:
    """Cancel a change; cases that it has moved stay in the later version."""
    change = await use_cases.cancel(tx, change_id, by=staff.actor, at=clock.now())
    return await _view(tx, change)


async def _view(tx: Transaction, change: VersionChange) -> VersionChangeView:
    return (await _views(tx, [change]))[0]


async def _views(tx: Transaction, changes: Sequence[VersionChange]) -> list[VersionChangeView]:
    keys = {key for change in changes for key in (change.workflow_key, change.from_key)}
    known = await workflows.read_versions(tx, keys)
    return [
        _view_of(change, known[change.workflow_key], known.get(change.from_key))
        for change in changes
    ]


def _view_of(change: VersionChange, after: Workflow, before: Workflow | None) -> VersionChangeView:
    return VersionChangeView(
        change_id=change.change_id,
        workflow_version=change.workflow_key,
        workflow_name=Text(bn=after.name.bn, en=after.name.en),
        from_version=change.from_version,
        state=change.state,
        planned_at=change.planned_at,
        planned_by=change.planned_by,
        reason=change.reason,
        started_at=change.started_at,
        started_by=change.started_by,
        ended_at=change.ended_at,
        planned=_ways(change.planned, after, before),
        expected=change.planned.total(),
        done=_ways(change.done, after, before),
    )


def _ways(ways: Mapping[Way, int], after: Workflow, before: Workflow | None) -> list[WayView]:
    return [
        WayView(
            from_step=way.from_step or None,
            from_name=_name(before, way.from_step),
            to_step=way.to_step or None,
            to_name=_name(after, way.to_step),
            cases=cases,
        )
        for way, cases in ways.items()
    ]


def _name(workflow: Workflow | None, step: str) -> Text | None:
    found = workflow.steps.get(step) if workflow else None
    return Text(bn=found.name.bn, en=found.name.en) if found else None
